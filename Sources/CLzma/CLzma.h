/* CLzma: the system's liblzma, of which only decompression is used. */
#ifndef CULPRIT_CLZMA_H
#define CULPRIT_CLZMA_H

#include <lzma.h>

#endif
