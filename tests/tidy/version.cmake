# cmake -DROOT=<folder> -DVERSION=<of project()> -P version.cmake
# Fails where the version is said a second time, and where CHANGELOG.md does not know it: programs, packages and
# workflows take it from project(VERSION) in the root CMakeLists.txt. Tests may make up versions of their own.
cmake_minimum_required(VERSION 3.22)

set(faults 0)
set(files 0)
string(REPLACE "." "\\." pattern "${VERSION}")
file(GLOB_RECURSE sources LIST_DIRECTORIES false RELATIVE ${ROOT}
    ${ROOT}/shared/* ${ROOT}/server/* ${ROOT}/monitor/* ${ROOT}/installer/* ${ROOT}/.github/* ${ROOT}/.ci/*
    ${ROOT}/*.json ${ROOT}/*.sh)
# Notices tell versions of others' works; what is built here or elsewhere is no source.
list(FILTER sources EXCLUDE REGEX "\\.md$|(^|/)(build|tests|node_modules)/")
foreach(source IN LISTS sources)
    math(EXPR files "${files} + 1")
    file(STRINGS ${ROOT}/${source} lines REGEX "(^|[^0-9.])${pattern}([^0-9.]|\\.[^0-9]|\\.?$)")
    foreach(line IN LISTS lines)
        message("${source}: says ${VERSION} itself: ${line}")
        math(EXPR faults "${faults} + 1")
    endforeach()
endforeach()

file(STRINGS ${ROOT}/CHANGELOG.md heading REGEX "^## \\[${pattern}\\]( |$)")
if(NOT heading)
    message("CHANGELOG.md: has no section \"## [${VERSION}]\"")
    math(EXPR faults "${faults} + 1")
endif()

if(files EQUAL 0)
    message(FATAL_ERROR "no source below ${ROOT}")
endif()
if(faults GREATER 0)
    message(FATAL_ERROR "${faults} faults with version ${VERSION} in ${files} files")
endif()
message(STATUS "${files} files leave version ${VERSION} to project(), and CHANGELOG.md has it")
