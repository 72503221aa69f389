# SPDX-License-Identifier: GPL-3.0-or-later
# Helpers that make a CMake target mirror a folder.

add_library(ravel_options INTERFACE)
target_compile_options(ravel_options INTERFACE
    -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -ffp-contract=off
    $<$<BOOL:${RAVEL_WERROR}>:-Werror>)
if(RAVEL_SANITIZE)
    target_compile_options(ravel_options INTERFACE
        -fsanitize=${RAVEL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(ravel_options INTERFACE -fsanitize=${RAVEL_SANITIZE})
endif()

# ravel_expose(TARGET FOLDER): a header of this folder is included as "folder/header.h", and only by
# targets that link TARGET: each folder has an include root of its own that holds nothing else.
function(ravel_expose target folder)
    set(root ${CMAKE_BINARY_DIR}/include/${folder})
    file(MAKE_DIRECTORY ${root})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${folder} SYMBOLIC)
    target_include_directories(${target} PUBLIC ${root})
endfunction()

# ravel_library(FOLDER SOURCES a.cpp ... LINK ravel_base ...): the static library ravel_FOLDER.
function(ravel_library folder)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
    add_library(ravel_${folder} STATIC ${arg_SOURCES})
    ravel_expose(ravel_${folder} ${folder})
    target_link_libraries(ravel_${folder} PUBLIC ${arg_LINK} PRIVATE ravel_options)
endfunction()

# ravel_qt(TARGET): what every target with Qt in it has.
function(ravel_qt target)
    set_target_properties(${target} PROPERTIES AUTOMOC ON)
    target_compile_definitions(${target} PRIVATE QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII)
endfunction()

# ravel_test(NAME SOURCES ... LINK ... [LABELS ...] [TIMEOUT s]): one Qt Test program, one ctest entry.
function(ravel_test name)
    cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_link_libraries(${name} PRIVATE ${arg_LINK} ravel_testing Qt6::Test ravel_options)
    target_compile_definitions(${name} PRIVATE QT_NO_KEYWORDS)
    add_test(NAME ${name} COMMAND ${name})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}"
        SKIP_REGULAR_EXPRESSION "RAVEL-SKIPPED"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;RAVEL_BIN=${CMAKE_BINARY_DIR}/bin/ravel;RAVEL_SOURCE=${CMAKE_SOURCE_DIR};TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/support/tsan.supp")
endfunction()
