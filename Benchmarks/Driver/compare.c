/* compare: runs the floor and the program on one file by turns and prints what they cost.
 *
 *   compare RUNS FLOOR PROGRAM FILE OUTPUT CPU-BOUND MEMORY-BOUND [PATTERN]
 *
 * FLOOR is a program that takes FILE. PROGRAM is `culprit`; `-` leaves it out. OUTPUT is a folder
 * for what they print. The bounds are those the project sets itself: CPU of one thread in floors,
 * memory in MB. With a PATTERN, `wc -l` and `grep -c PATTERN` are measured as well. Each round runs
 * floor, one thread, two threads, so that a machine that slows down slows all three; ratios are taken within a round and their median is given. The first round
 * warms the page cache and does not count. CPU is user and system time of the process as the kernel
 * accounts it (wait4), memory its largest resident set. The exit status says only whether every run
 * succeeded and whether the floor counted what was planted: nothing here fails for being slow. */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The bound the project sets itself for a second thread; WALL_BOUND in the environment is another. */
static double wall_bound = 0.75;

enum { FLOOR, ONE, TWO, COUNT, GREP, KINDS, MOST_RUNS = 101 };

typedef struct {
  double cpu, wall, megabytes;
} cost;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

/* Sends a descriptor of the child to a file. */
static void redirect(const char *path, int descriptor) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || dup2(fd, descriptor) < 0) _exit(73);
  close(fd);
}

/* Runs a command to its end. Its errors go to `output`.stderr and are shown where it fails. */
static cost run(char *const arguments[], const char *output) {
  char errors[4096];
  snprintf(errors, sizeof errors, "%s.stderr", output);
  double begin = now();
  pid_t child = fork();
  if (child < 0) {
    perror("fork");
    exit(71);
  }
  if (child == 0) {
    redirect(output, STDOUT_FILENO);
    redirect(errors, STDERR_FILENO);
    execv(arguments[0], arguments);
    perror(arguments[0]);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) != child) {
    perror("wait4");
    exit(71);
  }
  double wall = now() - begin;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "failed:");
    for (char *const *a = arguments; *a != NULL; a++) fprintf(stderr, " %s", *a);
    if (WIFEXITED(status)) fprintf(stderr, "\nexit status %d; it said:\n", WEXITSTATUS(status));
    else fprintf(stderr, "\nended by signal %d; it said:\n", WTERMSIG(status));
    FILE *said = fopen(errors, "r");
    for (int c, left = 4000; said != NULL && left > 0 && (c = fgetc(said)) != EOF; left--)
      fputc(c, stderr);
    exit(1);
  }
  return (cost){seconds(usage.ru_utime) + seconds(usage.ru_stime), wall,
                (double)usage.ru_maxrss * 1024 / 1e6};
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

typedef struct {
  double median, low, high;
} spread;

static spread spread_of(const double *values, int count) {
  double sorted[MOST_RUNS];
  memcpy(sorted, values, sizeof(double) * (size_t)count);
  qsort(sorted, (size_t)count, sizeof(double), ascending);
  double median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
  return (spread){median, sorted[0], sorted[count - 1]};
}

/* The number behind a word in a small text file; -1 where it is not there. */
static int64_t number_in(const char *path, const char *word) {
  static char text[1 << 20];
  FILE *file = fopen(path, "r");
  if (file == NULL) return -1;
  size_t count = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[count] = 0;
  char *at = strstr(text, word);
  return at == NULL ? -1 : strtoll(at + strlen(word), NULL, 10);
}

static int same_bytes(const char *a, const char *b) {
  FILE *x = fopen(a, "r"), *y = fopen(b, "r");
  int same = x != NULL && y != NULL;
  for (int c = 0; same && c != EOF;) same = (c = getc(x)) == getc(y);
  if (x != NULL) fclose(x);
  if (y != NULL) fclose(y);
  return same;
}

static void print_cost(const char *label, const cost *costs, int runs, int64_t records, int mapped) {
  double cpu[MOST_RUNS], wall[MOST_RUNS], memory[MOST_RUNS];
  for (int i = 0; i < runs; i++) {
    cpu[i] = costs[i].cpu;
    wall[i] = costs[i].wall;
    memory[i] = costs[i].megabytes;
  }
  double middle = spread_of(wall, runs).median;
  printf("  %-26s %7.2f %8.2f ", label, spread_of(cpu, runs).median, middle);
  /* The floor maps its file, which would count as its memory. */
  if (mapped) printf("%9s", "(mapped)");
  else printf("%9.0f", spread_of(memory, runs).high);
  printf(" %10.2f\n", (double)records / middle / 1e6);
}

static void print_ratio(const char *label, const double *ratios, int runs, double bound) {
  spread s = spread_of(ratios, runs);
  printf("  %-26s %7.2f   (%.2f to %.2f)   bound %.2f: %s\n", label, s.median, s.low, s.high, bound,
         s.median <= bound ? "kept" : "NOT KEPT");
}

int main(int argc, char **argv) {
  if (argc != 8 && argc != 9) {
    fprintf(stderr, "usage: compare RUNS FLOOR PROGRAM|- FILE OUTPUT CPU-BOUND MEMORY-BOUND [PATTERN]\n");
    return 64;
  }
  int runs = atoi(argv[1]), program = strcmp(argv[3], "-") != 0;
  if (runs < 1 || runs > MOST_RUNS) {
    fprintf(stderr, "1 to %d runs\n", MOST_RUNS);
    return 64;
  }
  char *file = argv[4], output[KINDS][4096], truth[4096];
  double cpu_bound = atof(argv[6]), memory_bound = atof(argv[7]);
  char *pattern = argc == 9 ? argv[8] : NULL;
  if (getenv("WALL_BOUND") != NULL) wall_bound = atof(getenv("WALL_BOUND"));
  static const char *const names[KINDS] = {"floor.txt", "threads-1.json", "threads-2.json", "wc.txt",
                                           "grep.txt"};
  const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
  for (int k = 0; k < KINDS; k++)
    snprintf(output[k], sizeof output[k], "%s/%s.%s", argv[5], base, names[k]);
  snprintf(truth, sizeof truth, "%s.truth.json", file);
  char *const commands[KINDS][10] = {
      {argv[2], file, NULL},
      {argv[3], "analyze", "--quiet", "--format", "json", "--threads", "1", file, NULL},
      {argv[3], "analyze", "--quiet", "--format", "json", "--threads", "2", file, NULL},
      {"/usr/bin/wc", "-l", file, NULL},
      {"/usr/bin/grep", "-c", pattern, file, NULL}};

  /* What counts lines must not be slowed down by a language. */
  setenv("LC_ALL", "C", 1);
  static cost costs[KINDS][MOST_RUNS];
  for (int i = -1; i < runs; i++)
    for (int k = 0; k < KINDS; k++) {
      if (k == ONE || k == TWO ? !program : k != FLOOR && pattern == NULL) continue;
      cost c = run(commands[k], output[k]);
      if (i >= 0) costs[k][i] = c;
    }

  struct stat status;
  int64_t records = number_in(output[FLOOR], "records "), sources = number_in(output[FLOOR], "sources ");
  int agrees = records == number_in(truth, "\"records\": ") && sources == number_in(truth, "\"sources\": ");
  printf("%s  %.2f GB, %" PRId64 " records, %" PRId64 " sources: the floor's counts %s\n", base,
         stat(file, &status) == 0 ? (double)status.st_size / 1e9 : 0.0, records, sources,
         agrees ? "are the planted ones" : "ARE NOT THE PLANTED ONES");
  printf("  medians of %d runs           CPU s   wall s   peak MB  M records/s\n", runs);
  print_cost("floor in C, one thread", costs[FLOOR], runs, records, 1);
  if (pattern != NULL) {
    print_cost("wc -l", costs[COUNT], runs, records, 0);
    print_cost("grep -c", costs[GREP], runs, records, 0);
  }
  if (program) {
    print_cost("culprit, one thread", costs[ONE], runs, records, 0);
    print_cost("culprit, two threads", costs[TWO], runs, records, 0);
    double cpu[MOST_RUNS], wall[MOST_RUNS], memory = 0;
    for (int i = 0; i < runs; i++) {
      cpu[i] = costs[ONE][i].cpu / costs[FLOOR][i].cpu;
      wall[i] = costs[TWO][i].wall / costs[ONE][i].wall;
      for (int k = ONE; k < KINDS; k++)
        if (costs[k][i].megabytes > memory) memory = costs[k][i].megabytes;
    }
    print_ratio("CPU, one thread / floor", cpu, runs, cpu_bound);
    print_ratio("wall, two threads / one", wall, runs, wall_bound);
    printf("  %-26s %7.0f   MB                 bound %.0f: %s\n", "peak memory, worst run", memory,
           memory_bound, memory < memory_bound ? "kept" : "NOT KEPT");
    printf("  the same bytes out of one thread and two: %s\n",
           same_bytes(output[ONE], output[TWO]) ? "yes" : "NO");
  }
  /* For the table of peers: CPU seconds of the floor and of one thread, and the records. */
  char path[4200];
  snprintf(path, sizeof path, "%s/%s.cost", argv[5], base);
  FILE *left = fopen(path, "w");
  if (left != NULL) {
    double cpu[2][MOST_RUNS];
    for (int k = FLOOR; k <= ONE; k++)
      for (int i = 0; i < runs; i++) cpu[k][i] = costs[k][i].cpu;
    fprintf(left, "%.6f %.6f %" PRId64 "\n", spread_of(cpu[FLOOR], runs).median,
            program ? spread_of(cpu[ONE], runs).median : 0.0, records);
    fclose(left);
  }
  return agrees ? 0 : 1;
}
