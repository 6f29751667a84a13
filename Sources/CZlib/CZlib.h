/* CZlib: the system's zlib, of which only decompression is used. */
#ifndef CULPRIT_CZLIB_H
#define CULPRIT_CZLIB_H

#include <zlib.h>

#endif
