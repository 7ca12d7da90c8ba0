# The target `installer`: the programs with all they need in one folder, and NSIS' installer made of it.
set(CONCIERGE_INSTALLER_VERSION ${PROJECT_VERSION} CACHE STRING "What the installer calls itself; another one only to try upgrades")
set(installer_note "")
set(installer_suffix "")
if(NOT CONCIERGE_WEBSOCKETS)
    set(installer_note " (without WebSocket)")
    set(installer_suffix "-without-websocket")
endif()
set(installer_file ${CMAKE_BINARY_DIR}/concierge-${CONCIERGE_INSTALLER_VERSION}-windows-x64${installer_suffix}.exe)
add_custom_target(installer
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/stage.sh ${CMAKE_BINARY_DIR} ${QT6_INSTALL_PREFIX}
    COMMAND makensis -V2 -WX -DVERSION=${CONCIERGE_INSTALLER_VERSION} -DNOTE=${installer_note}
            -DROOT=${CMAKE_SOURCE_DIR} -DSTAGE=${CMAKE_BINARY_DIR}/stage -DOUTPUT=${installer_file}
            ${CMAKE_CURRENT_SOURCE_DIR}/windows/concierge.nsi
    DEPENDS concierge concierge-monitor
    VERBATIM)
