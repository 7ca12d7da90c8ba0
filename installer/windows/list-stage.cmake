# cmake -DSTAGE=FOLDER -P list-stage.cmake: what is in FOLDER, as FOLDER/files.txt for a later update, and as FOLDER-files.nsh
# for concierge.nsi, whose uninstaller removes what was installed and nothing else. Called by the target `installer`.
file(WRITE "${STAGE}/files.txt" "")
file(GLOB_RECURSE entries LIST_DIRECTORIES true RELATIVE "${STAGE}" "${STAGE}/*")
set(names "")
set(files "")
set(folders "")
set(programs "")
set(monitor_files "")
foreach(entry IN LISTS entries)
    string(REPLACE "/" "\\" name "${entry}")
    if(IS_DIRECTORY "${STAGE}/${entry}")
        string(PREPEND folders "  !insertmacro \${MACRO} \"${name}\"\n")
        continue()
    endif()
    string(APPEND names "${name}\n")
    string(APPEND files "  !insertmacro \${MACRO} \"${name}\"\n")
    if(entry MATCHES "\\.(dll|exe)$")
        string(APPEND programs "  !insertmacro \${MACRO} \"${name}\"\n")
    endif()
    # What the server has no use for.
    if(entry MATCHES "^(concierge-monitor\\.exe|Qt6(Gui|Widgets|Svg)\\.dll|(platforms|styles|imageformats|iconengines)/.*\\.dll)$")
        string(APPEND monitor_files "  !insertmacro \${MACRO} \"${name}\"\n")
    endif()
endforeach()
file(WRITE "${STAGE}/files.txt" "${names}")
file(WRITE "${STAGE}-files.nsh"
    "!macro eachFile MACRO\n${files}!macroend\n"
    "!macro eachFolder MACRO\n${folders}!macroend\n"
    "!macro eachProgram MACRO\n${programs}!macroend\n"
    "!macro eachMonitorFile MACRO\n${monitor_files}!macroend\n")
