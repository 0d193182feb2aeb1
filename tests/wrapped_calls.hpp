// The names under which calls are linked that tests put themselves in front of, as __wrap_CALL and
// __real_CALL: on machines of 32 bits glibc has others for those with sizes of files, and with times.
// tidegate_wrap() of tests/CMakeLists.txt is the other half.
#pragma once

#if __SIZEOF_POINTER__ == 4
#define __real_open __real_open64
#define __wrap_open __wrap_open64
#define __real_pread __real_pread64
#define __wrap_pread __wrap_pread64
#define __real_pwritev __real_pwritev64
#define __wrap_pwritev __wrap_pwritev64
#define __real_ftruncate __real_ftruncate64
#define __wrap_ftruncate __wrap_ftruncate64
#define __real_fstatvfs __real_fstatvfs64
#define __wrap_fstatvfs __wrap_fstatvfs64
#define __real_fstat __real___fstat64_time64
#define __wrap_fstat __wrap___fstat64_time64
#endif
