# Targets.cmake - how the project's own targets are made, in one place.

# Flags for our code only; library headers come in as SYSTEM.
add_library(cg_flags INTERFACE)
target_compile_options(cg_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release")
  # g++ 12 warns wrongly about `"x" + std::string` once it inlines (GCC bug 105651).
  target_compile_options(cg_flags INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's own stable_sort calls std::get_temporary_buffer, which C++17 deprecated.
  target_compile_options(cg_flags INTERFACE -Wno-deprecated-declarations)
endif()
target_include_directories(cg_flags INTERFACE ${CMAKE_SOURCE_DIR})
if(CITYGATE_SANITIZE)
  add_compile_options(-fsanitize=${CITYGATE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CITYGATE_SANITIZE})
  if(CITYGATE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
    # Both are checked at every member access: a third of the compile time. The address sanitizer stops at a null pointer
    # by itself, and the fuzz preset, whose parsers are what reads bytes at odd places, keeps both.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      add_compile_options(-fno-sanitize=null,alignment)
    endif()
  endif()
endif()

# cg_library(FOLDER SOURCES a.cc ... DEPS cg_base ... PRIVATE_DEPS lib ...): the library cg_FOLDER.
function(cg_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(cg_${folder} STATIC ${ARG_SOURCES})
  target_link_libraries(cg_${folder} PUBLIC ${ARG_DEPS} PRIVATE cg_flags ${ARG_PRIVATE_DEPS})
  target_include_directories(cg_${folder} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()

# cg_test(NAME [ONE_THREAD] [READS_SOURCE] SOURCES a_test.cc ... DEPS cg_x ...): one GoogleTest program, one ctest entry.
# ONE_THREAD: nothing in it starts a second thread, so the thread sanitizer has nothing to watch: there it is neither a
# test nor built unless asked for by name.
# READS_SOURCE: it reads files of the repository, found by CITYGATE_SOURCE_DIR. Only such a test names the checkout's path
# on its command line, so that a compiler cache serves the others for every checkout.
function(cg_test name)
  cmake_parse_arguments(ARG "ONE_THREAD;READS_SOURCE" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE cg_flags ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  if(ARG_READS_SOURCE)
    target_compile_definitions(${name} PRIVATE CITYGATE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  endif()
  if(ARG_ONE_THREAD AND CITYGATE_SANITIZE STREQUAL "thread")
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
endfunction()
