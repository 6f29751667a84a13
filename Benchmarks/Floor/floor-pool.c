// What storing reports must cost at least: rows of the size of a report, with a key and one index, put
// into one SQLite file by the C interface, in transactions of 2,000 that reach the disk. No sums, no
// digests, no checks. `floor-pool FILE REPORTS`.
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static uint64_t state = 1;

static uint64_t next(void) {
  uint64_t x = state += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

static double processor(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void run(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, 0, 0, 0) != SQLITE_OK) {
    fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
    exit(1);
  }
}

// Half of the reports about 100,000 sources, half about eight million, as `pool-load` makes them.
static uint32_t source(void) {
  double share = (next() >> 11) * 0x1p-53;
  return next() & 1 ? 0x40000000 + (uint32_t)(share * 8388608)
                    : 0x20000000 + (uint32_t)(100000 * share * share * share);
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: floor-pool FILE REPORTS\n");
    return 64;
  }
  long reports = atol(words[2]);
  sqlite3 *db;
  if (sqlite3_open(words[1], &db) != SQLITE_OK) return 66;
  run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;"
          "PRAGMA wal_autocheckpoint=4096;"
          "CREATE TABLE report(id INTEGER PRIMARY KEY, time INTEGER NOT NULL, src BLOB NOT NULL,"
          " sensor INTEGER NOT NULL, seq INTEGER NOT NULL, idx INTEGER NOT NULL,"
          " body BLOB NOT NULL); CREATE INDEX report_src ON report(src, time)");
  sqlite3_stmt *insert;
  if (sqlite3_prepare_v2(db, "INSERT INTO report VALUES (?,?,?,?,?,?,?)", -1, &insert, 0))
    return 70;
  uint8_t address[16] = {[10] = 0xff, [11] = 0xff}, body[150];
  for (size_t i = 0; i < sizeof body; i++) body[i] = (uint8_t)next();
  double start = now(), used = processor();
  for (long i = 0; i < reports; i++) {
    if (i % 2000 == 0) run(db, "BEGIN");
    uint32_t bits = __builtin_bswap32(source());
    memcpy(address + 12, &bits, 4);
    memcpy(body, address, 16);
    sqlite3_bind_int64(insert, 1, i + 1);
    sqlite3_bind_int64(insert, 2, 1779840000 + i / 20);
    sqlite3_bind_blob(insert, 3, address, 16, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 4, (int64_t)(next() >> 1));
    sqlite3_bind_int64(insert, 5, i / 500);
    sqlite3_bind_int64(insert, 6, i % 500);
    sqlite3_bind_blob(insert, 7, body, sizeof body, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE) return 70;
    sqlite3_reset(insert);
    if (i % 2000 == 1999 || i == reports - 1) run(db, "COMMIT");
  }
  double wall = now() - start;
  printf("floor (rows and one index, by the C interface): %.0f a second, %.1f us CPU a row\n",
         (double)reports / wall, (processor() - used) / (double)reports * 1e6);
  sqlite3_finalize(insert);
  return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
