#define _GNU_SOURCE
#include "CHost.h"

#include <errno.h>
#include <sched.h>

int culprit_enter_network(int descriptor) {
  return setns(descriptor, CLONE_NEWNET) == 0 ? 0 : errno;
}
