/* The most multiply-adds a processor does: independent chains of vector FMAs in registers, one thread per argument.
   Prints GFLOP/s in single precision. cc -O3 -march=native -pthread fma-peak.c */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__AVX512F__)
enum { LANES = 16 };
#elif defined(__AVX__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif
enum { CHAINS = 12, STEPS = 20000000 };
typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void *chains(void *result) {
  Vector sum[CHAINS], factor = {0}, term = {0};
  for (int lane = 0; lane < LANES; lane++) factor[lane] = 0.999f, term[lane] = 0.001f;
  for (int c = 0; c < CHAINS; c++) sum[c] = term * (float)c;
  for (long step = 0; step < STEPS; step++) {
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++) sum[c] = sum[c] * factor + term;
  }
  float total = 0;
  for (int c = 0; c < CHAINS; c++) for (int lane = 0; lane < LANES; lane++) total += sum[c][lane];
  *(float *)result = total;
  return NULL;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 1;
  double best = 0;
  for (int round = 0; round < 5; round++) {
    pthread_t workers[256];
    float results[256];
    double start = now();
    for (int i = 0; i < threads; i++) pthread_create(&workers[i], NULL, chains, &results[i]);
    for (int i = 0; i < threads; i++) pthread_join(workers[i], NULL);
    double rate = 2.0 * LANES * CHAINS * STEPS * threads / (now() - start) * 1e-9;
    if (rate > best) best = rate;
  }
  printf("%.1f\n", best);
  return 0;
}
