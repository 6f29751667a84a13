/* CZstd: the system's libzstd, of which only the stable functions are used. */
#ifndef CULPRIT_CZSTD_H
#define CULPRIT_CZSTD_H

#include <zstd.h>

#endif
