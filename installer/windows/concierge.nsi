; The Windows installer. Made by the CMake target `installer`, which defines VERSION, NOTE, ROOT, STAGE, OUTPUT,
; PICTURE and FILES (with this machine's own slashes: NSIS' File wants them).
; Flags: /S silent, /D=C:\folder (last). The uninstaller: /S keeps the data, /S /REMOVEDATA removes it too.
; Exit codes: 0 done, 1 cancelled, 2 ended by an error of its own, 10 a program is in use, 11 a newer version is installed,
; 12 the service could not be installed or started, 13 it could not be stopped, 14 a file could not be replaced,
; 15 this Windows is too old, 16 another installation is running. 10, 11, 13, 15 and 16 have changed nothing. What it did, and why not, is also in $INSTDIR\install.log.
Unicode true
Target amd64-unicode
!include MUI2.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include "${STAGE}-files.nsh"

!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Concierge"
!define SERVICEKEY "SYSTEM\CurrentControlSet\Services\concierge"
Name "Concierge ${VERSION}${NOTE}"
OutFile "${OUTPUT}"
InstallDir "$PROGRAMFILES64\Concierge"
RequestExecutionLevel admin
SetCompressor /SOLID lzma
ManifestDPIAware true
BrandingText "Concierge ${VERSION}${NOTE}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "Concierge"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "Installs Concierge${NOTE}"
VIAddVersionKey LegalCopyright "MIT licence"

!define MUI_ICON "${ROOT}/resources/icons/concierge.ico"
!define MUI_UNICON "${ROOT}/resources/icons/concierge.ico"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${PICTURE}"
!define MUI_ABORTWARNING
!define MUI_WELCOMEPAGE_TITLE "Install Concierge ${VERSION}${NOTE}"
!define MUI_WELCOMEPAGE_TITLE_3LINES
!define MUI_WELCOMEPAGE_TEXT "Concierge delivers the chat messages of your web pages and apps.$\r$\n$\r$\nIt runs by itself in the background, and again after the computer was restarted. The Concierge Monitor shows you how it is.$\r$\n$\r$\nIf Concierge is installed here already, it is updated: settings and messages stay as they are.$\r$\n$\r$\nClick Next to go on."
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${STAGE}/LICENSE.txt"
; An update goes to where the programs are.
!define MUI_PAGE_CUSTOMFUNCTION_PRE skipWhereInstalled
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE "Concierge is installed"
!define MUI_FINISHPAGE_TEXT_LARGE
!define MUI_FINISHPAGE_TEXT "It runs now. The Concierge Monitor, in the Start menu, is green when all is well.$\r$\n$\r$\nThe first time, one thing is left: in the settings, write the address of your web site behind CLIENT_URL, and take the # before it away. Then stop and start the server, on the monitor's page Service."
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_FUNCTION openMonitor
!define MUI_FINISHPAGE_RUN_TEXT "Open the Concierge Monitor"
!define MUI_FINISHPAGE_SHOWREADME
!define MUI_FINISHPAGE_SHOWREADME_NOTCHECKED
!define MUI_FINISHPAGE_SHOWREADME_FUNCTION openSettings
!define MUI_FINISHPAGE_SHOWREADME_TEXT "Open the settings"
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; Into the log alone: the words of programs are not for those who look at the pages.
!macro log TEXT
  ${If} ${FileExists} "$INSTDIR\*.*"
    FileOpen $9 "$INSTDIR\install.log" a
    FileSeek $9 0 END
    FileWriteUTF16LE /BOM $9 "${VERSION}: ${TEXT}$\r$\n"
    FileClose $9
  ${EndIf}
!macroend

!macro note TEXT
  DetailPrint "${TEXT}"
  !insertmacro log "${TEXT}"
!macroend

; Ends with a code of its own, and a message where somebody reads it.
!macro giveUp CODE TEXT
  !insertmacro note "${TEXT}"
  MessageBox MB_OK|MB_ICONEXCLAMATION "${TEXT}" /SD IDOK
  SetErrorLevel ${CODE}
  Quit
!macroend

; $1: the first program that somebody uses, or nothing.
!macro checkFree FILE
  ${If} $1 == ""
  ${AndIf} ${FileExists} "$INSTDIR\${FILE}"
    ClearErrors
    FileOpen $0 "$INSTDIR\${FILE}" a
    ${If} ${Errors}
      StrCpy $1 "${FILE}"
    ${Else}
      FileClose $0
    ${EndIf}
  ${EndIf}
!macroend

; Two at once would take each other's files away.
!macro beAlone
  System::Call 'kernel32::CreateMutexW(p 0, i 1, w "Global\ConciergeInstaller") p .r0 ?e'
  Pop $0
  ${If} $0 == 183 ; ERROR_ALREADY_EXISTS
  ${OrIf} $0 == 5 ; ERROR_ACCESS_DENIED: another person's
    MessageBox MB_OK|MB_ICONEXCLAMATION "Concierge is being installed or removed by another window. Wait until that is done. Nothing was changed." /SD IDOK
    SetErrorLevel 16
    Quit
  ${EndIf}
!macroend

; $3: whether it ran. $1: "service" where it cannot be stopped. By the program that is to be installed: the old one may be
; gone. That it ran is written down before: who ends this installer in the midst of it, and starts it again, has it run then.
!macro stopService
  ${If} $2 != ""
    ReadRegDWORD $3 HKLM "${KEY}" "StartAgain"
    ${If} $3 == 1
      StrCpy $3 "yes"
    ${Else}
      StrCpy $3 "no"
    ${EndIf}
    ${IfNot} ${FileExists} "$INSTDIR\concierge.exe"
      StrCpy $3 "yes" ; it would run if it could
    ${EndIf}
    WriteRegDWORD HKLM "${KEY}" "StartAgain" 1
    nsExec::ExecToStack '"$INSTDIR\update\concierge.exe" service stop'
    Pop $0
    Pop $4
    ${If} $0 == 0
      StrCpy $3 "yes"
    ${ElseIf} $0 != 3 ; it did not run
      !insertmacro log "$4"
      StrCpy $1 "service"
    ${EndIf}
    ${If} $3 != "yes"
      DeleteRegValue HKLM "${KEY}" "StartAgain"
    ${EndIf}
  ${EndIf}
!macroend

!macro startAgain
  ${If} $3 == "yes"
    nsExec::ExecToStack '"$INSTDIR\concierge.exe" service start'
    Pop $0
    Pop $4
    !insertmacro log "$4"
    ${If} $0 == 0
      DeleteRegValue HKLM "${KEY}" "StartAgain"
    ${EndIf}
  ${EndIf}
!macroend

!macro replaceFile FILE
  Delete "$INSTDIR\${FILE}"
  Rename "$INSTDIR\update\${FILE}" "$INSTDIR\${FILE}"
!macroend

!macro makeFolder FOLDER
  CreateDirectory "$INSTDIR\${FOLDER}"
!macroend

!macro removeFile FILE
  Delete /REBOOTOK "$INSTDIR\${FILE}"
!macroend

!macro removeFolder FOLDER
  RMDir "$INSTDIR\${FOLDER}"
!macroend

; Through Explorer, so that it runs as the person at the desk and not as the administrator that the installer is.
Function openMonitor
  Exec '"$WINDIR\explorer.exe" "$INSTDIR\concierge-monitor.exe"'
FunctionEnd

; As the administrator: nobody else may write them.
Function openSettings
  Exec '"$SYSDIR\notepad.exe" "$APPDATA\Concierge\concierge.conf"'
FunctionEnd

Function .onInit
  SetRegView 64
  SetShellVarContext all
  StrCpy $2 ""
  StrCpy $3 "no"
  !insertmacro beAlone
  ${IfNot} ${AtLeastWin10}
    !insertmacro giveUp 15 "Concierge needs Windows 10, Windows Server 2019 or later."
  ${EndIf}
  ReadRegStr $0 HKLM "${KEY}" "DisplayVersion"
  ${If} $0 != ""
    ReadRegStr $INSTDIR HKLM "${KEY}" "InstallLocation"
    ${VersionCompare} "$0" "${VERSION}" $1
    ${If} $1 == 1
      !insertmacro giveUp 11 "Concierge $0 is installed here, which is newer than ${VERSION}. Nothing was changed. To go back, first remove Concierge in Windows' list of apps, and keep the data."
    ${EndIf}
  ${EndIf}
FunctionEnd

Function skipWhereInstalled
  ReadRegStr $0 HKLM "${KEY}" "DisplayVersion"
  ${If} $0 != ""
    Abort
  ${EndIf}
FunctionEnd

; After an error that NSIS itself found, such as a full disk.
Function .onInstFailed
  RMDir /r "$INSTDIR\update"
  !insertmacro note "A file could not be written, perhaps because the disk is full. What was installed before goes on."
  !insertmacro startAgain
FunctionEnd

Section
  SetRegView 64
  SetShellVarContext all
  ReadRegStr $2 HKLM "${SERVICEKEY}" "ImagePath"
  ReadRegStr $6 HKLM "${KEY}" "DisplayVersion"
  ${If} $6 != "" ; whatever /D says
    ReadRegStr $INSTDIR HKLM "${KEY}" "InstallLocation"
  ${EndIf}

  ; While the service still runs: what only the monitor uses, and whether there is room for it all.
  StrCpy $1 ""
  !insertmacro eachMonitorFile checkFree
  ${If} $1 != ""
    !insertmacro giveUp 10 "The Concierge Monitor is open ($1 is in use). Close it, also its icon beside the clock, and start this installer again. Nothing was changed."
  ${EndIf}
  SetOutPath "$INSTDIR\update"
  File /r "${FILES}"
  SetOutPath "$INSTDIR"

  !insertmacro stopService
  ${If} $1 == ""
    !insertmacro eachProgram checkFree
  ${EndIf}
  ${If} $1 != ""
    RMDir /r "$INSTDIR\update"
    !insertmacro startAgain
    ${If} $1 == "service"
      !insertmacro giveUp 13 "The Concierge service could not be stopped. Restart the computer and start this installer again. Nothing was changed."
    ${EndIf}
    !insertmacro giveUp 10 "$1 is in use. Close the Concierge Monitor and every window in which concierge runs, and start this installer again. Nothing was changed."
  ${EndIf}

  ; What the older version had and this one has not.
  ClearErrors
  FileOpen $0 "$INSTDIR\files.txt" r
  ${IfNot} ${Errors}
    ${Do}
      FileRead $0 $4
      ${If} ${Errors}
        ${Break}
      ${EndIf}
      ${WordReplace} "$4" "$\n" "" "+" $4
      ${IfNot} ${FileExists} "$INSTDIR\update\$4"
        Delete "$INSTDIR\$4"
      ${EndIf}
    ${Loop}
    FileClose $0
  ${EndIf}
  !insertmacro eachFolder makeFolder
  ClearErrors
  !insertmacro eachFile replaceFile
  ${If} ${Errors}
    !insertmacro startAgain
    !insertmacro giveUp 14 "Not all programs could be replaced, perhaps because an antivirus program looked at them. Start this installer again."
  ${EndIf}
  RMDir /r "$INSTDIR\update"

  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${KEY}" "DisplayName" "Concierge${NOTE}"
  WriteRegStr HKLM "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${KEY}" "DisplayIcon" "$INSTDIR\concierge.exe"
  WriteRegStr HKLM "${KEY}" "Publisher" "Concierge"
  WriteRegStr HKLM "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $4 $5
  WriteRegDWORD HKLM "${KEY}" "EstimatedSize" $0

  CreateDirectory "$SMPROGRAMS\Concierge"
  CreateShortcut "$SMPROGRAMS\Concierge\Concierge Monitor.lnk" "$INSTDIR\concierge-monitor.exe"
  CreateShortcut "$SMPROGRAMS\Concierge\Concierge Settings.lnk" "$SYSDIR\notepad.exe" '"$APPDATA\Concierge\concierge.conf"' "$INSTDIR\concierge.exe"
  ; Windows asks for the administrator, without whom they can be neither read nor written: SLDF_RUNAS_USER of its flags.
  FileOpen $0 "$SMPROGRAMS\Concierge\Concierge Settings.lnk" a
  FileSeek $0 21 SET
  FileReadByte $0 $4
  IntOp $4 $4 | 0x20
  FileSeek $0 21 SET
  FileWriteByte $0 $4
  FileClose $0
  CreateShortcut "$SMPROGRAMS\Concierge\Remove Concierge.lnk" "$INSTDIR\uninstall.exe"
  ; An update leaves alone what was switched off.
  ${If} $6 == ""
    CreateShortcut "$SMSTARTUP\Concierge Monitor.lnk" "$INSTDIR\concierge-monitor.exe" "--minimised"
  ${EndIf}

  ; By program: whatever PORT is set to. The health page listens on this computer alone.
  nsExec::ExecToStack 'netsh advfirewall firewall delete rule name="Concierge"'
  Pop $0
  Pop $4
  nsExec::ExecToStack 'netsh advfirewall firewall add rule name="Concierge" dir=in action=allow protocol=TCP profile=private,domain program="$INSTDIR\concierge.exe"'
  Pop $0
  Pop $4
  ${If} $0 != 0
    !insertmacro note "Windows' firewall could not be told to let others in ($0). Where it is on, allow $INSTDIR\concierge.exe in its settings."
  ${EndIf}

  ${If} $2 == ""
    nsExec::ExecToStack '"$INSTDIR\concierge.exe" service install'
    Pop $0
    Pop $4
    !insertmacro log "$4"
    ${If} $0 != 0
      !insertmacro giveUp 12 "The programs are installed, but the service is not: $4"
    ${EndIf}
    StrCpy $3 "yes"
  ${EndIf}
  ${If} $3 == "yes"
    DetailPrint "Starting Concierge"
    nsExec::ExecToStack '"$INSTDIR\concierge.exe" service start'
    Pop $0
    Pop $4
    !insertmacro log "$4"
    DeleteRegValue HKLM "${KEY}" "StartAgain"
    ${If} $0 != 0
      !insertmacro giveUp 12 "Concierge is installed, but did not start. Perhaps another program uses its port 4000. The reason is at the end of $APPDATA\Concierge\logs\concierge.log"
    ${EndIf}
  ${EndIf}
  !insertmacro note "Concierge ${VERSION} is installed."
SectionEnd

; All but the backups.
!macro removeData
  RMDir /r "$APPDATA\Concierge\data"
  RMDir /r "$APPDATA\Concierge\logs"
  RMDir "$APPDATA\Concierge\backups"
  Delete "$APPDATA\Concierge\concierge.conf"
  RMDir "$APPDATA\Concierge"
!macroend

Function un.onInit
  SetRegView 64
  SetShellVarContext all
  !insertmacro beAlone
FunctionEnd

Section "Uninstall"
  ReadRegStr $2 HKLM "${SERVICEKEY}" "ImagePath"
  StrCpy $1 ""
  !insertmacro eachMonitorFile checkFree
  ${If} $1 != ""
    !insertmacro giveUp 10 "The Concierge Monitor is open. Close it, also its icon beside the clock, and try again. Nothing was removed."
  ${EndIf}
  ${If} $2 != ""
    ${If} ${FileExists} "$INSTDIR\concierge.exe"
      nsExec::ExecToStack '"$INSTDIR\concierge.exe" service uninstall'
      Pop $0
      Pop $4
    ${Else} ; an antivirus program took it, perhaps, and then nothing of it runs
      nsExec::ExecToStack '"$SYSDIR\sc.exe" delete concierge'
      Pop $0
      Pop $4
    ${EndIf}
    !insertmacro log "$4"
    ${If} $0 != 0
      !insertmacro giveUp 13 "The service could not be stopped and removed. Restart the computer and try again. Nothing was removed."
    ${EndIf}
  ${EndIf}
  nsExec::ExecToStack 'netsh advfirewall firewall delete rule name="Concierge"'
  Pop $0
  Pop $4
  Delete "$SMPROGRAMS\Concierge\Concierge Monitor.lnk"
  Delete "$SMPROGRAMS\Concierge\Concierge Settings.lnk"
  Delete "$SMPROGRAMS\Concierge\Remove Concierge.lnk"
  RMDir "$SMPROGRAMS\Concierge"
  Delete "$SMSTARTUP\Concierge Monitor.lnk"
  !insertmacro eachFile removeFile
  !insertmacro eachFolder removeFolder
  Delete "$INSTDIR\install.log"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "${KEY}"

  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/REMOVEDATA" $1
  ${IfNot} ${Errors}
    !insertmacro removeData
  ${ElseIf} ${FileExists} "$APPDATA\Concierge\*.*"
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Delete the messages and settings too?$\r$\n$\r$\nNo keeps them in $APPDATA\Concierge, for when Concierge is installed again. Yes cannot be undone. Backups stay in any case." /SD IDNO IDNO keep
    !insertmacro removeData
    keep:
  ${EndIf}
SectionEnd
