# Gathers into BUILD/stage what the installer ships, on Windows itself: the programs, the libraries they are linked with, and by
# windeployqt Qt, its plugins and the compiler's runtime. The cross build has stage.sh. Called by the target `installer` with
# BUILD, ROOT, WINDEPLOYQT, PROGRAMS and LIBRARIES.
set(stage "${BUILD}/stage")
file(REMOVE_RECURSE "${stage}")
file(MAKE_DIRECTORY "${stage}")
# vcpkg puts its DLLs beside the programs.
list(GET PROGRAMS 0 program)
get_filename_component(bin "${program}" DIRECTORY)
file(GLOB beside LIST_DIRECTORIES false "${bin}/*.dll")
file(COPY ${PROGRAMS} ${LIBRARIES} ${beside} DESTINATION "${stage}")
file(COPY_FILE "${ROOT}/LICENSE" "${stage}/LICENSE.txt")
file(COPY_FILE "${ROOT}/installer/THIRD-PARTY.md" "${stage}/THIRD-PARTY.txt")

foreach(program IN LISTS PROGRAMS)
    get_filename_component(name "${program}" NAME)
    execute_process(
        COMMAND "${WINDEPLOYQT}" --release --no-translations --no-opengl-sw --no-system-d3d-compiler --no-compiler-runtime
            "${stage}/${name}"
        COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# Drivers of other databases want libraries of those.
file(GLOB drivers LIST_DIRECTORIES false "${stage}/sqldrivers/*.dll")
list(FILTER drivers EXCLUDE REGEX "/qsqlite\\.dll$")
if(drivers)
    file(REMOVE ${drivers})
endif()

# The compiler's runtime beside the programs: its own installer would be a second one to be run, and to be kept up to date.
file(GLOB runtime LIST_DIRECTORIES false "$ENV{VCToolsRedistDir}/x64/Microsoft.VC*.CRT/*.dll")
if(NOT runtime)
    message(FATAL_ERROR "no runtime DLLs in VCToolsRedistDir ($ENV{VCToolsRedistDir}): build in a developer command prompt")
endif()
file(COPY ${runtime} DESTINATION "${stage}")

# Complete: what is named and found neither here nor in Windows is an error.
file(GLOB_RECURSE libraries "${stage}/*.dll")
file(GLOB executables "${stage}/*.exe")
set(CMAKE_GET_RUNTIME_DEPENDENCIES_PLATFORM windows+pe)
file(GET_RUNTIME_DEPENDENCIES
    EXECUTABLES ${executables} LIBRARIES ${libraries} DIRECTORIES "${stage}"
    PRE_EXCLUDE_REGEXES "^api-ms-win-" "^ext-ms-"
    RESOLVED_DEPENDENCIES_VAR resolved UNRESOLVED_DEPENDENCIES_VAR missing
    POST_EXCLUDE_REGEXES ".*[Ss]ystem32.*")
if(missing)
    message(FATAL_ERROR "not in the stage, and not Windows' own: ${missing}")
endif()
string(TOLOWER "${stage}/" folder)
foreach(file IN LISTS resolved)
    string(TOLOWER "${file}" lower)
    string(FIND "${lower}" "${folder}" at)
    if(NOT at EQUAL 0)
        message(FATAL_ERROR "needed, but not in the stage: ${file}")
    endif()
endforeach()
