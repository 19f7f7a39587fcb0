#ifndef CONEDNN_SHIM_H
#define CONEDNN_SHIM_H
#include <dnnl.h>
// Declared here because libgomp's header lives in the compiler's own folder; sets the calling
// thread's team size only.
extern void omp_set_num_threads(int);
// A pointer macro, which Swift does not import.
static inline void *conednn_no_buffer(void) { return DNNL_MEMORY_NONE; }
#endif
