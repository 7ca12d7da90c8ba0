# Read by CPack for each kind of package: the .dmg has the bundle alone, at its top.
if(CPACK_GENERATOR STREQUAL "DragNDrop")
    list(GET CPACK_INSTALL_CMAKE_PROJECTS 0 build_folder)
    list(GET CPACK_INSTALL_CMAKE_PROJECTS 1 project)
    set(CPACK_INSTALL_CMAKE_PROJECTS "${build_folder};${project};disk;/")
    set(CPACK_MONOLITHIC_INSTALL ON)
    unset(CPACK_COMPONENTS_ALL)
endif()
