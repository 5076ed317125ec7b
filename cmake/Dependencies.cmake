# What the project stands on; everything is a Debian 12 package (scripts/install-deps).
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(TBB REQUIRED)
find_package(zstd REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)

find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_library(XXHASH_LIBRARY NAMES libxxhash.a xxhash REQUIRED)
add_library(xxhash INTERFACE)
target_include_directories(xxhash INTERFACE ${XXHASH_INCLUDE_DIR})
target_link_libraries(xxhash INTERFACE ${XXHASH_LIBRARY})

find_path(LIBSSH2_INCLUDE_DIR libssh2.h REQUIRED)
find_library(LIBSSH2_LIBRARY ssh2 REQUIRED)
add_library(libssh2 INTERFACE)
target_include_directories(libssh2 INTERFACE ${LIBSSH2_INCLUDE_DIR})
target_link_libraries(libssh2 INTERFACE ${LIBSSH2_LIBRARY})

# The static zstd serves both programs; Debian's is single-threaded, so each worker owns its context.
add_library(zstd INTERFACE)
target_link_libraries(zstd INTERFACE zstd::libzstd_static)
