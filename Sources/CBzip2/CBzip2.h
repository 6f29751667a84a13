/* CBzip2: the system's libbz2, of which only decompression is used. */
#ifndef CULPRIT_CBZIP2_H
#define CULPRIT_CBZIP2_H

#include <bzlib.h>

#endif
