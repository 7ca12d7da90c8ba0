# Writes the bill of materials of what is built, concierge-<version>-<system>-<processor>.cdx.json (CycloneDX 1.6), into
# the build folder: the components of installer/components.json that this platform's packages have, in the versions that
# the configuration found.

# concierge_json(<variable> <text>): a JSON string.
function(concierge_json variable text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    set(${variable} "\"${text}\"" PARENT_SCOPE)
endfunction()

# concierge_sbom_has(<variable> <component> <key> <platform>): whether the platform is in that list of the component.
function(concierge_sbom_has variable component key platform)
    set(${variable} FALSE PARENT_SCOPE)
    string(JSON platforms ERROR_VARIABLE none GET "${component}" ${key})
    if(platforms MATCHES "\"${platform}\"")
        set(${variable} TRUE PARENT_SCOPE)
    endif()
endfunction()

# concierge_sbom_component(<variable> <component> <version> <shipped> <parts>): one component, as CycloneDX has it.
function(concierge_sbom_component variable component version shipped parts)
    string(JSON name GET "${component}" name)
    string(JSON licence GET "${component}" license)
    string(MAKE_C_IDENTIFIER "${name}" ref)
    concierge_json(quoted_name "${name}")
    set(text "{\"type\": \"library\", \"bom-ref\": \"${ref}\", \"name\": ${quoted_name}")
    if(version)
        string(APPEND text ", \"version\": \"${version}\"")
    endif()
    if(licence MATCHES "^LicenseRef-(.*)$")
        string(REPLACE "-" " " licence "${CMAKE_MATCH_1}")
        set(licence "{\"license\": {\"name\": \"${licence}\"}}")
    elseif(licence MATCHES " ")
        set(licence "{\"expression\": \"${licence}\"}")
    else()
        set(licence "{\"license\": {\"id\": \"${licence}\"}}")
    endif()
    string(APPEND text ", \"licenses\": [${licence}]")
    string(JSON purl ERROR_VARIABLE none GET "${component}" purl)
    if(none STREQUAL "NOTFOUND" AND (version OR NOT purl MATCHES "{version}"))
        string(REPLACE "{version}" "${version}" purl "${purl}")
        string(APPEND text ", \"purl\": \"${purl}\"")
    endif()
    string(JSON homepage ERROR_VARIABLE none GET "${component}" homepage)
    if(none STREQUAL "NOTFOUND")
        string(APPEND text ", \"externalReferences\": [{\"type\": \"website\", \"url\": \"${homepage}\"}]")
    endif()
    string(APPEND text ", \"properties\": [{\"name\": \"concierge:shipped\", \"value\": \"${shipped}\"}]")
    if(parts)
        string(APPEND text ", \"components\": [${parts}]")
    endif()
    set(${variable} "${text}}" PARENT_SCOPE)
endfunction()

# concierge_sbom_parts(<variable> <component> <platform>): what a component brings along itself; its version tells theirs.
function(concierge_sbom_parts variable component platform)
    set(all "")
    string(JSON count ERROR_VARIABLE none LENGTH "${component}" parts)
    if(none STREQUAL "NOTFOUND")
        math(EXPR last "${count} - 1")
        foreach(index RANGE ${last})
            string(JSON part GET "${component}" parts ${index})
            concierge_sbom_has(shipped "${part}" shipped ${platform})
            if(shipped)
                concierge_sbom_component(text "${part}" "" yes "")
                list(APPEND all "${text}")
            endif()
        endforeach()
    endif()
    list(JOIN all ", " all)
    set(${variable} "${all}" PARENT_SCOPE)
endfunction()

# concierge_sbom(<platform> <system> <processor>): writes the file for the packages of that platform, as components.json calls
# it; the system names the file. `version_of_<name>` are the versions.
function(concierge_sbom platform system processor)
    set(own "concierge-${PROJECT_VERSION}-${system}-${processor}")
    file(READ ${CMAKE_SOURCE_DIR}/installer/components.json list)
    string(JSON count LENGTH "${list}" components)
    math(EXPR last "${count} - 1")
    set(all "")
    set(refs "")
    foreach(index RANGE ${last})
        string(JSON component GET "${list}" components ${index})
        concierge_sbom_has(shipped "${component}" shipped ${platform})
        concierge_sbom_has(linked "${component}" linked ${platform})
        if(NOT shipped AND NOT linked)
            continue()
        endif()
        string(JSON name GET "${component}" name)
        string(MAKE_C_IDENTIFIER "${name}" ref)
        set(said yes)
        if(linked)
            set(said "no, of the system")
        endif()
        set(parts "")
        if(shipped)
            concierge_sbom_parts(parts "${component}" ${platform})
        endif()
        concierge_sbom_component(text "${component}" "${version_of_${ref}}" "${said}" "${parts}")
        list(APPEND all "${text}")
        list(APPEND refs "\"${ref}\"")
    endforeach()
    list(JOIN all ",\n    " all)
    list(JOIN refs ", " refs)
    string(TIMESTAMP now "%Y-%m-%dT%H:%M:%SZ" UTC) # of SOURCE_DATE_EPOCH, where it is set
    string(UUID serial NAMESPACE 6ba7b811-9dad-11d1-80b4-00c04fd430c8 NAME "${own} ${now} ${all}" TYPE SHA1)
    set(text "{
  \"$schema\": \"http://cyclonedx.org/schema/bom-1.6.schema.json\",
  \"bomFormat\": \"CycloneDX\",
  \"specVersion\": \"1.6\",
  \"serialNumber\": \"urn:uuid:${serial}\",
  \"version\": 1,
  \"metadata\": {
    \"timestamp\": \"${now}\",
    \"component\": {\"type\": \"application\", \"bom-ref\": \"concierge\", \"name\": \"concierge\", \"version\": \"${PROJECT_VERSION}\",
      \"description\": \"${PROJECT_DESCRIPTION}\", \"licenses\": [{\"license\": {\"id\": \"MIT\"}}]},
    \"properties\": [{\"name\": \"concierge:platform\", \"value\": \"${system}-${processor}\"},
      {\"name\": \"concierge:compiler\", \"value\": \"${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}\"}]
  },
  \"components\": [
    ${all}
  ],
  \"dependencies\": [{\"ref\": \"concierge\", \"dependsOn\": [${refs}]}]
}
")
    string(JSON checked GET "${text}" specVersion) # fails where it is no JSON
    file(WRITE ${CMAKE_BINARY_DIR}/${own}.cdx.json "${text}")
endfunction()

set(version_of_Qt ${Qt6_VERSION})
set(version_of_Boost ${Boost_VERSION_STRING})
if(NOT version_of_Boost)
    set(version_of_Boost ${Boost_VERSION}) # of Boost's own package file
endif()
set(version_of_msgpack_cxx ${msgpack_VERSION})
set(version_of_simdjson ${simdjson_VERSION})
set(version_of_hiredis ${hiredis_VERSION})
set(version_of_libuv ${libuv_VERSION})
set(version_of_zlib ${ZLIB_VERSION_STRING})
set(version_of_OpenSSL ${OPENSSL_VERSION})
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(version_of_GCC_runtime_libraries ${CMAKE_CXX_COMPILER_VERSION})
endif()
string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" concierge_processor)
string(REGEX REPLACE "^(amd64|x86_64|x64)$" "x64" concierge_processor "${concierge_processor}")
string(REGEX REPLACE "^aarch64$" "arm64" concierge_processor "${concierge_processor}")
if(MINGW)
    concierge_sbom(mingw windows-mingw ${concierge_processor})
elseif(WIN32)
    concierge_sbom(windows windows ${concierge_processor})
elseif(APPLE)
    concierge_sbom(macos macos ${concierge_processor})
elseif(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    # Each distribution has versions of its own: debian12, ubuntu24.04.
    cmake_host_system_information(RESULT concierge_system QUERY DISTRIB_INFO)
    concierge_sbom(debian ${concierge_system_ID}${concierge_system_VERSION_ID} ${concierge_processor})
endif()
