# The target `installer`: the programs with all they need in one folder, and NSIS' installer made of it.
set(installer_note "")
set(installer_suffix "")
if(NOT CONCIERGE_WEBSOCKETS)
    set(installer_note " (without WebSocket)")
    set(installer_suffix "-without-websocket")
endif()
set(installer_file ${CMAKE_BINARY_DIR}/concierge-${PROJECT_VERSION}-windows-x64${installer_suffix}.exe)
if(CMAKE_CROSSCOMPILING) # this Qt has no windeployqt
    set(installer_stage ${CMAKE_CURRENT_SOURCE_DIR}/windows/stage.sh ${CMAKE_BINARY_DIR} ${QT6_INSTALL_PREFIX})
else()
    set(installer_stage ${CMAKE_COMMAND} -DBUILD=${CMAKE_BINARY_DIR} -DROOT=${CMAKE_SOURCE_DIR}
        -DWINDEPLOYQT=${QT6_INSTALL_PREFIX}/${QT6_INSTALL_BINS}/windeployqt.exe
        -DPROGRAMS=$<TARGET_FILE:concierge>$<SEMICOLON>$<TARGET_FILE:concierge-monitor>
        -DLIBRARIES=$<TARGET_RUNTIME_DLLS:concierge>$<SEMICOLON>$<TARGET_RUNTIME_DLLS:concierge-monitor>
        -P ${CMAKE_CURRENT_SOURCE_DIR}/windows/stage.cmake)
endif()
find_program(MAKENSIS makensis HINTS "$ENV{ProgramFiles\(x86\)}/NSIS")
if(NOT MAKENSIS)
    set(MAKENSIS makensis) # without it everything but this target can be built
endif()
file(TO_NATIVE_PATH "${CMAKE_BINARY_DIR}/stage/*" stage_files)
file(TO_NATIVE_PATH "${CMAKE_CURRENT_SOURCE_DIR}/windows/side.bmp" picture)
add_custom_target(installer
    COMMAND ${installer_stage}
    COMMAND ${CMAKE_COMMAND} -DSTAGE=${CMAKE_BINARY_DIR}/stage -P ${CMAKE_CURRENT_SOURCE_DIR}/windows/list-stage.cmake
    COMMAND ${MAKENSIS} -V2 -WX -DVERSION=${PROJECT_VERSION} -DNOTE=${installer_note}
            -DROOT=${CMAKE_SOURCE_DIR} -DSTAGE=${CMAKE_BINARY_DIR}/stage -DOUTPUT=${installer_file}
            "-DFILES=${stage_files}" "-DPICTURE=${picture}"
            ${CMAKE_CURRENT_SOURCE_DIR}/windows/concierge.nsi
    DEPENDS concierge concierge-monitor
    VERBATIM)
