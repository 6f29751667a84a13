/* CLz4: the system's liblz4, of which only decompression is used. */
#ifndef CULPRIT_CLZ4_H
#define CULPRIT_CLZ4_H

#include <lz4frame.h>

#endif
