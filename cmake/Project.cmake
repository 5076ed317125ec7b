# Settings that every target shares, and g5ksync_library(), by which every folder declares itself.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(G5KSYNC_TESTS "Build the tests" ON)
option(G5KSYNC_BENCHES "Build the micro benches" ON)
option(G5KSYNC_WERROR "Warnings are errors" ON)
set(G5KSYNC_SANITIZE "" CACHE STRING "Sanitizers for every target, as for -fsanitize=")

add_library(g5ksync_settings INTERFACE)
target_include_directories(g5ksync_settings INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(g5ksync_settings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -ffunction-sections -fdata-sections
  $<$<BOOL:${G5KSYNC_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees ghosts: overlaps in std::string (its bug 105651); under sanitizers, holes in <regex> and <optional>.
  target_compile_options(g5ksync_settings INTERFACE -Wno-restrict)
  if(G5KSYNC_SANITIZE)
    target_compile_options(g5ksync_settings INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
target_compile_definitions(g5ksync_settings INTERFACE G5KSYNC_VERSION="${PROJECT_VERSION}")
target_link_options(g5ksync_settings INTERFACE -Wl,--gc-sections)
if(G5KSYNC_SANITIZE)
  target_compile_options(g5ksync_settings INTERFACE
    -fsanitize=${G5KSYNC_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(g5ksync_settings INTERFACE -fsanitize=${G5KSYNC_SANITIZE})
endif()

# g5ksync_library(NAME SOURCES a.cc … DEPENDS target …): one static library for one folder.
function(g5ksync_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC g5ksync_settings ${arg_DEPENDS})
endfunction()
