/* CZlib: the system's zlib. */
#ifndef CULPRIT_CZLIB_H
#define CULPRIT_CZLIB_H

#include <zlib.h>

#endif
