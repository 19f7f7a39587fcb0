#ifndef CONEDNN_SHIM_H
#define CONEDNN_SHIM_H
#include <dnnl.h>
// Declared here because libgomp's header lives in the compiler's own folder.
// Sets and tells the calling thread's team size.
extern void omp_set_num_threads(int);
extern int omp_get_max_threads(void);
// The calling thread's place in its team.
extern int omp_get_thread_num(void);
// What a compiler makes of `#pragma omp parallel`: runs a function in every thread of a team.
extern void GOMP_parallel(void (*function)(void *), void *data, unsigned threads, unsigned flags);
// A pointer macro, which Swift does not import.
static inline void *conednn_no_buffer(void) { return DNNL_MEMORY_NONE; }
#endif
