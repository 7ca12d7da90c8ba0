# Linux: what is installed where, by the Filesystem Hierarchy Standard, and CPack's two .deb: concierge (the server) and
# concierge-monitor. installer/debian/build.sh makes them.
include(GNUInstallDirs)
set(CONCIERGE_DEBIAN_RELEASE 1 CACHE STRING "Number of the package among those of one version")

set(source ${CMAKE_CURRENT_LIST_DIR})
set(made ${CMAKE_CURRENT_BINARY_DIR}/debian)
set(debian_version ${PROJECT_VERSION}-${CONCIERGE_DEBIAN_RELEASE})
string(TIMESTAMP debian_date "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH, where it is set

# concierge_compressed(<input> <output>): for /usr/share/doc and /usr/share/man, without a time in it.
function(concierge_compressed input output)
    find_program(GZIP gzip)
    if(GZIP)
        execute_process(COMMAND ${GZIP} -9nc ${input} OUTPUT_FILE ${output} COMMAND_ERROR_IS_FATAL ANY)
    endif()
endfunction()

# concierge_documents(<package> <component>): what Debian wants of every package.
function(concierge_documents package component)
    configure_file(${source}/changelog.in ${made}/${package}/changelog @ONLY)
    concierge_compressed(${made}/${package}/changelog ${made}/${package}/changelog.Debian.gz)
    concierge_compressed(${CMAKE_SOURCE_DIR}/CHANGELOG.md ${made}/${package}/changelog.gz)
    configure_file(${source}/${package}.1 ${made}/${package}/${package}.1 COPYONLY)
    concierge_compressed(${made}/${package}/${package}.1 ${made}/${package}/${package}.1.gz)
    concierge_compressed(${CMAKE_SOURCE_DIR}/installer/THIRD-PARTY.md ${made}/${package}/THIRD-PARTY.md.gz)
    install(FILES ${source}/copyright ${made}/${package}/changelog.Debian.gz ${made}/${package}/changelog.gz
                  ${made}/${package}/THIRD-PARTY.md.gz
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package} COMPONENT ${component} OPTIONAL)
    install(FILES ${made}/${package}/${package}.1.gz
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ${component} OPTIONAL)
    install(FILES ${source}/${package}.overrides RENAME ${package}
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides COMPONENT ${component} OPTIONAL)
endfunction()

# The configuration file is made from the settings table, by the program that reads it.
set(configuration ${made}/concierge.conf)
add_custom_command(OUTPUT ${configuration}
    COMMAND $<TARGET_FILE:concierge> --print-installed-config > ${configuration} DEPENDS concierge VERBATIM)
add_custom_target(concierge_configuration ALL DEPENDS ${configuration})

install(TARGETS concierge RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT server)
# From there postinst puts it in its place.
install(FILES ${configuration} DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/concierge COMPONENT server)
install(FILES ${source}/concierge.service DESTINATION lib/systemd/system COMPONENT server)
install(FILES ${source}/concierge.sysusers RENAME concierge.conf DESTINATION lib/sysusers.d COMPONENT server)
install(FILES ${source}/concierge.tmpfiles RENAME concierge.conf DESTINATION lib/tmpfiles.d COMPONENT server)
concierge_documents(concierge server)
set(components server)

if(CONCIERGE_MONITOR)
    set(icons ${CMAKE_SOURCE_DIR}/resources/icons)
    install(TARGETS concierge-monitor RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT monitor)
    install(FILES ${source}/concierge-monitor.desktop
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/applications COMPONENT monitor)
    install(FILES ${icons}/concierge.svg RENAME concierge-monitor.svg
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/icons/hicolor/scalable/apps COMPONENT monitor)
    install(FILES ${icons}/concierge-256.png RENAME concierge-monitor.png
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/icons/hicolor/256x256/apps COMPONENT monitor)
    concierge_documents(concierge-monitor monitor)
    list(APPEND components monitor)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
set(CPACK_PACKAGE_VENDOR "The Concierge authors")
set(CPACK_PACKAGE_CONTACT "The Concierge authors <concierge@localhost.localdomain>")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${CONCIERGE_DEBIAN_RELEASE})
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_SERVER_PACKAGE_NAME concierge)
set(CPACK_DEBIAN_SERVER_PACKAGE_SECTION net)
# SQLite is a plugin of Qt, which no linker knows of.
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS
    "libqt6sql6-sqlite, libssl3 | libssl3t64, systemd | systemd-standalone-sysusers | systemd-sysusers, passwd, ucf")
set(CPACK_DEBIAN_SERVER_PACKAGE_RECOMMENDS "systemd, ca-certificates")
set(CPACK_DEBIAN_SERVER_PACKAGE_SUGGESTS "concierge-monitor, nginx")
set(CPACK_COMPONENT_SERVER_DESCRIPTION "real-time messaging server that speaks Socket.IO
Concierge passes messages between the visitors of a web site and the people
who answer them, through stock socket.io-client 4. Messages for people who are
offline wait in a database and survive a power failure.

It runs as the service concierge and is set in /etc/concierge/concierge.conf.")
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA
    ${source}/concierge/preinst ${source}/concierge/postinst ${source}/concierge/prerm ${source}/concierge/postrm)

set(CPACK_DEBIAN_MONITOR_PACKAGE_NAME concierge-monitor)
set(CPACK_DEBIAN_MONITOR_PACKAGE_SECTION net)
set(CPACK_DEBIAN_MONITOR_PACKAGE_DEPENDS "qt6-qpa-plugins")
set(CPACK_DEBIAN_MONITOR_PACKAGE_RECOMMENDS "qt6-wayland, qt6-translations-l10n")
set(CPACK_DEBIAN_MONITOR_PACKAGE_SUGGESTS "concierge")
set(CPACK_COMPONENT_MONITOR_DESCRIPTION "shows how Concierge servers fare
A window with who is online, what waits, how fast messages arrive and what is
wrong, with what to do about it. It also starts and stops the server of the
same computer, and makes its backups.

Who uses it has to be a member of the group concierge.")
include(CPack)
