# macOS: what is installed, and CPack's .pkg (all of it) and .dmg (the monitor with the server in it, to try them).
#
#   cmake --preset macos-package && cmake --build --preset macos-package --target package
#
# One application bundle holds both programs, and so one copy of Qt serves both. The names begin with "concierge" alone,
# like the label of the daemon: the project has no domain of its own.
set(CONCIERGE_SIGN_IDENTITY "-" CACHE STRING "Certificate \"Developer ID Application: …\" that signs the programs; -: signed for the machine that runs them only")
set(CONCIERGE_INSTALLER_IDENTITY "" CACHE STRING "Certificate \"Developer ID Installer: …\" that signs the .pkg; empty: not signed")
set(CONCIERGE_NOTARY_PROFILE "" CACHE STRING "Keychain profile of notarytool; empty: nothing is sent to Apple")

set(app_name "Concierge Monitor")
set(app_bundle "${app_name}.app")
set(app_identifier concierge.monitor)
set(app_icon ${CMAKE_SOURCE_DIR}/resources/icons/concierge.icns)

target_sources(concierge-monitor PRIVATE ${app_icon})
set_source_files_properties(${app_icon} TARGET_DIRECTORY concierge-monitor PROPERTIES MACOSX_PACKAGE_LOCATION Resources)
set_target_properties(concierge-monitor PROPERTIES
    MACOSX_BUNDLE ON
    OUTPUT_NAME ${app_name}
    MACOSX_BUNDLE_INFO_PLIST ${CMAKE_CURRENT_LIST_DIR}/Info.plist.in
    MACOSX_BUNDLE_BUNDLE_NAME ${app_name}
    MACOSX_BUNDLE_GUI_IDENTIFIER ${app_identifier}
    MACOSX_BUNDLE_ICON_FILE concierge.icns
    MACOSX_BUNDLE_BUNDLE_VERSION ${PROJECT_VERSION}
    MACOSX_BUNDLE_SHORT_VERSION_STRING ${PROJECT_VERSION})

get_target_property(qmake Qt6::qmake IMPORTED_LOCATION)
get_filename_component(qt_bin ${qmake} DIRECTORY)
find_program(MACDEPLOYQT macdeployqt HINTS ${qt_bin} REQUIRED)
execute_process(COMMAND ${qmake} -query QT_INSTALL_TRANSLATIONS OUTPUT_VARIABLE qt_translations
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# concierge_install_app(<component> <folder>): the bundle with both programs, Qt and the notices.
function(concierge_install_app component folder)
    set(resources ${folder}/${app_bundle}/Contents/Resources)
    install(TARGETS concierge-monitor BUNDLE DESTINATION ${folder} COMPONENT ${component} ${ARGN})
    install(TARGETS concierge RUNTIME DESTINATION "${folder}/${app_bundle}/Contents/MacOS" COMPONENT ${component} ${ARGN})
    install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/installer/THIRD-PARTY.md
                  ${CMAKE_SOURCE_DIR}/installer/macos/qt.conf
        DESTINATION ${resources} COMPONENT ${component} ${ARGN})
    install(FILES ${qt_translations}/qtbase_de.qm DESTINATION ${resources}/translations COMPONENT ${component} ${ARGN})
    set(app_folder ${folder}/${app_bundle})
    configure_file(${CMAKE_SOURCE_DIR}/installer/macos/deploy.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/deploy-${component}.cmake @ONLY)
    install(SCRIPT ${CMAKE_CURRENT_BINARY_DIR}/deploy-${component}.cmake COMPONENT ${component} ${ARGN})
endfunction()
concierge_install_app(app Applications)
concierge_install_app(disk . EXCLUDE_FROM_ALL)

install(FILES ${CMAKE_CURRENT_LIST_DIR}/concierge.plist DESTINATION Library/LaunchDaemons COMPONENT service)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/paths DESTINATION private/etc/paths.d RENAME concierge COMPONENT service)
install(PROGRAMS "${CMAKE_CURRENT_LIST_DIR}/Uninstall Concierge.command"
    DESTINATION "Library/Application Support/Concierge" COMPONENT service)

string(TOLOWER "${CMAKE_OSX_ARCHITECTURES}" CONCIERGE_ARCHITECTURES)
if(NOT CONCIERGE_ARCHITECTURES)
    set(CONCIERGE_ARCHITECTURES ${CMAKE_SYSTEM_PROCESSOR})
endif()
string(REPLACE ";" "-" architectures "${CONCIERGE_ARCHITECTURES}")
string(REPLACE ";" "," CONCIERGE_ARCHITECTURES "${CONCIERGE_ARCHITECTURES}")

set(CPACK_GENERATOR "productbuild;DragNDrop")
set(CPACK_PACKAGE_NAME Concierge)
set(CPACK_PACKAGE_VENDOR concierge)
set(CPACK_PACKAGE_FILE_NAME "concierge-${PROJECT_VERSION}-macos-${architectures}")
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_COMPONENTS_ALL app service)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/cpack-options.cmake)

configure_file(${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_CURRENT_BINARY_DIR}/LICENSE.txt COPYONLY) # Installer wants a known ending
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_BINARY_DIR}/LICENSE.txt)
set(CPACK_RESOURCE_FILE_WELCOME ${CMAKE_CURRENT_LIST_DIR}/welcome.html)
set(CPACK_RESOURCE_FILE_README ${CMAKE_CURRENT_LIST_DIR}/readme.html)
set(CPACK_PRODUCTBUILD_IDENTIFIER concierge)
set(CPACK_PRODUCTBUILD_DOMAINS ON) # on the disk that the system runs from, for everyone
set(CPACK_PRODUCTBUILD_DOMAINS_ANYWHERE OFF)
set(CPACK_PREFLIGHT_APP_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/preinstall)
set(CPACK_POSTFLIGHT_SERVICE_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/postinstall)
set(CPACK_PRODUCTBUILD_IDENTITY_NAME "${CONCIERGE_INSTALLER_IDENTITY}")
set(CPACK_DMG_VOLUME_NAME ${app_name})

configure_file(${CMAKE_CURRENT_LIST_DIR}/finish.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/finish.cmake @ONLY)
set(CPACK_POST_BUILD_SCRIPTS ${CMAKE_CURRENT_BINARY_DIR}/finish.cmake)

# CPack's own template of the .pkg says neither for which processors it is nor what it refuses: this one comes first.
list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
set(CPACK_CONCIERGE_ARCHITECTURES ${CONCIERGE_ARCHITECTURES})
set(CPACK_CONCIERGE_MINIMUM "${CMAKE_OSX_DEPLOYMENT_TARGET}")
include(CPack)
cpack_add_component(app DISPLAY_NAME "Concierge Monitor" REQUIRED PLIST ${CMAKE_CURRENT_LIST_DIR}/app-component.plist)
cpack_add_component(service DISPLAY_NAME "Concierge server" REQUIRED)
