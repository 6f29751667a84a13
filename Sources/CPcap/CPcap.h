/* CPcap: the system's libpcap, of which only the compiler of filters and their interpreter are used. */
#ifndef CULPRIT_CPCAP_H
#define CULPRIT_CPCAP_H

#include <pcap/pcap.h>

#endif
