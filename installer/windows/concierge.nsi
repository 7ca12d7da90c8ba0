; The Windows installer. Made by the CMake target `installer`, which defines VERSION, NOTE, ROOT, STAGE and OUTPUT.
; Flags: /S silent, /D=C:\folder (last). The uninstaller: /S keeps the data, /S /REMOVEDATA removes it too.
; Exit codes: 0 done, 1 cancelled, 10 a program is in use and nothing was changed, 11 a newer version is installed,
; 12 the service could not be installed or started, 13 the running service could not be stopped.
Unicode true
Target amd64-unicode
!include MUI2.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include LogicLib.nsh
!include "${STAGE}-files.nsh"

!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Concierge"
Name "Concierge ${VERSION}${NOTE}"
OutFile "${OUTPUT}"
InstallDir "$PROGRAMFILES64\Concierge"
InstallDirRegKey HKLM "${KEY}" "InstallLocation"
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
!define MUI_ABORTWARNING
!define MUI_WELCOMEPAGE_TITLE "Install Concierge ${VERSION}${NOTE}"
!define MUI_WELCOMEPAGE_TEXT "Concierge delivers the chat messages of your web pages and apps.$\r$\n$\r$\nIt runs by itself in the background, and again after the computer was restarted. The Concierge Monitor shows you how it is.$\r$\n$\r$\nIf Concierge is installed here already, it is updated: settings and messages stay as they are.$\r$\n$\r$\nClick Next to go on."
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${STAGE}/LICENSE.txt"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_TEXT "Concierge runs now.$\r$\n$\r$\nThe Concierge Monitor is in the Start menu. It is green when all is well."
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_FUNCTION openMonitor
!define MUI_FINISHPAGE_RUN_TEXT "Open the Concierge Monitor"
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; Ends with a code of its own, and a message where somebody reads it.
!macro giveUp CODE TEXT
  DetailPrint "${TEXT}"
  MessageBox MB_OK|MB_ICONEXCLAMATION "${TEXT}" /SD IDOK
  SetErrorLevel ${CODE}
  Quit
!macroend

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

; $1: the first program that somebody uses, or nothing. $2: whether the service was there, $3: whether it ran.
!macro serviceState
  StrCpy $3 "no"
  ReadRegStr $2 HKLM "SYSTEM\CurrentControlSet\Services\concierge" "ImagePath"
!macroend

!macro stopService
  ${If} $2 != ""
    nsExec::ExecToStack '"$INSTDIR\concierge.exe" service stop'
    Pop $0
    Pop $4
    ${If} $0 == 0
      StrCpy $3 "yes"
    ${EndIf}
  ${EndIf}
!macroend

!macro startAgain
  ${If} $3 == "yes"
    nsExec::ExecToLog '"$INSTDIR\concierge.exe" service start'
    Pop $0
  ${EndIf}
!macroend

; Through Explorer, so that it runs as the person at the desk and not as the administrator that the installer is.
Function openMonitor
  Exec '"$WINDIR\explorer.exe" "$INSTDIR\concierge-monitor.exe"'
FunctionEnd

Function .onInit
  SetRegView 64
  SetShellVarContext all
  ReadRegStr $0 HKLM "${KEY}" "DisplayVersion"
  ${If} $0 != ""
    ${VersionCompare} "$0" "${VERSION}" $1
    ${If} $1 == 1
      !insertmacro giveUp 11 "Concierge $0 is installed here, which is newer than ${VERSION}. Nothing was changed. To go back, first remove Concierge in Windows' list of apps, and keep the data."
    ${EndIf}
  ${EndIf}
FunctionEnd

Section
  SetRegView 64
  SetShellVarContext all
  !insertmacro serviceState
  ; The monitor first: as long as it is open, the service need not be stopped at all.
  StrCpy $1 ""
  !insertmacro checkFree "concierge-monitor.exe"
  ${If} $1 == ""
    !insertmacro stopService
    !insertmacro eachProgram checkFree
    ${If} $1 != ""
      !insertmacro startAgain
    ${EndIf}
  ${EndIf}
  ${If} $1 != ""
    !insertmacro giveUp 10 "$1 is in use. Close the Concierge Monitor, also its icon beside the clock, and start this installer again. Nothing was changed."
  ${EndIf}

  SetOutPath "$INSTDIR"
  File /r "${STAGE}/*"
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
  CreateShortcut "$SMPROGRAMS\Concierge\Remove Concierge.lnk" "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMSTARTUP\Concierge Monitor.lnk" "$INSTDIR\concierge-monitor.exe" "--minimised"

  ; By program: whatever PORT is set to. The health page listens on this computer alone.
  nsExec::ExecToLog 'netsh advfirewall firewall delete rule name="Concierge"'
  Pop $0
  nsExec::ExecToLog 'netsh advfirewall firewall add rule name="Concierge" dir=in action=allow protocol=TCP profile=private,domain program="$INSTDIR\concierge.exe"'
  Pop $0

  ${If} $2 == ""
    nsExec::ExecToLog '"$INSTDIR\concierge.exe" service install'
    Pop $0
    ${If} $0 != 0
      !insertmacro giveUp 12 "The programs are installed, but the service is not. Try again with: concierge service install"
    ${EndIf}
    StrCpy $3 "yes"
  ${EndIf}
  ${If} $3 == "yes"
    nsExec::ExecToLog '"$INSTDIR\concierge.exe" service start'
    Pop $0
    ${If} $0 != 0
      !insertmacro giveUp 12 "Concierge is installed, but did not start. Another program may use its port 4000. Why it is, stands in $APPDATA\Concierge\logs\concierge.log"
    ${EndIf}
  ${EndIf}
SectionEnd

Section "Uninstall"
  SetRegView 64
  SetShellVarContext all
  !insertmacro serviceState
  StrCpy $1 ""
  !insertmacro checkFree "concierge-monitor.exe"
  ${If} $1 != ""
    !insertmacro giveUp 10 "The Concierge Monitor is open. Close it, also its icon beside the clock, and try again. Nothing was removed."
  ${EndIf}
  ${If} $2 != ""
    nsExec::ExecToLog '"$INSTDIR\concierge.exe" service uninstall'
    Pop $0
    ${If} $0 != 0
      !insertmacro giveUp 13 "The service could not be stopped and removed. Restart the computer and try again. Nothing was removed."
    ${EndIf}
  ${EndIf}
  nsExec::ExecToLog 'netsh advfirewall firewall delete rule name="Concierge"'
  Pop $0
  Delete "$SMPROGRAMS\Concierge\Concierge Monitor.lnk"
  Delete "$SMPROGRAMS\Concierge\Remove Concierge.lnk"
  RMDir "$SMPROGRAMS\Concierge"
  Delete "$SMSTARTUP\Concierge Monitor.lnk"
  !insertmacro removeFiles
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "${KEY}"

  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/REMOVEDATA" $1
  ${IfNot} ${Errors}
    RMDir /r "$APPDATA\Concierge"
  ${ElseIf} ${FileExists} "$APPDATA\Concierge\*.*"
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Delete the messages and settings too?$\r$\n$\r$\nNo keeps them in $APPDATA\Concierge, for when Concierge is installed again. Yes cannot be undone." /SD IDNO IDNO keep
    RMDir /r "$APPDATA\Concierge"
    keep:
  ${EndIf}
SectionEnd
