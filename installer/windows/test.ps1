# Installs an installer on this Windows in silence, chats with the service that it starts, installs it again over itself with another
# configuration, and removes it: pwsh installer/windows/test.ps1 INSTALLER. As an administrator; not on a machine that has a
# Concierge. Needs Node and `npm ci --prefix tests/clients`. Under wine, test.sh does more.
param([Parameter(Mandatory)][string]$Installer)
$ErrorActionPreference = 'Stop'
$root = Resolve-Path (Join-Path $PSScriptRoot '../..')
$data = Join-Path ([Environment]::GetFolderPath('CommonApplicationData')) 'Concierge'
$programs = Join-Path $env:ProgramFiles 'Concierge'
if (Test-Path $data) { throw "there is a Concierge on this machine: $data" }

function Invoke-Installer([string]$Program, [string[]]$Flags) {
    # Not -Wait: that waits for what it starts, too.
    $process = Start-Process -FilePath $Program -ArgumentList $Flags -PassThru
    $null = $process.Handle # without it there is no exit code
    $process.WaitForExit()
    if ($process.ExitCode -ne 0) { throw "$Program $Flags ended with $($process.ExitCode)" }
}
function Wait-ForServer {
    foreach ($second in 1..60) {
        try {
            Invoke-RestMethod -Uri http://127.0.0.1:4001/health | Out-Null
            return
        } catch { Start-Sleep -Seconds 1 }
    }
    throw 'the server does not answer'
}
function Invoke-Chat([string]$Part) {
    & node (Join-Path $root 'installer/chat.mjs') http://127.0.0.1:4000 $Part
    if ($LASTEXITCODE -ne 0) { throw "chat.mjs $Part failed" }
}

Invoke-Installer $Installer '/S'
Wait-ForServer
$service = Get-CimInstance Win32_Service -Filter "Name='concierge'"
if ($service.State -ne 'Running' -or $service.StartMode -ne 'Auto') { throw "the service is $($service.State), $($service.StartMode)" }
Write-Host "the service runs as $($service.StartName)"
& (Join-Path $programs 'concierge.exe') --version
& (Join-Path $programs 'concierge.exe') status
if ($LASTEXITCODE -ne 0) { throw 'status says that it is not well' }
Invoke-Chat first

Add-Content -Path (Join-Path $data 'concierge.conf') -Value 'MAX_TEXT_LENGTH=4'
Invoke-Installer $Installer '/S'
Wait-ForServer
Invoke-Chat second

# The uninstaller goes on from a copy of itself, and this one returns at once.
Invoke-Installer (Join-Path $programs 'uninstall.exe') '/S', '/REMOVEDATA'
$removed = $programs, (Join-Path $data 'concierge.conf'), (Join-Path $data 'data')
foreach ($second in 1..60) {
    if (-not ($removed | Where-Object { Test-Path $_ })) { break }
    Start-Sleep -Seconds 1
}
if (Get-Service concierge -ErrorAction SilentlyContinue) { throw 'the service is still there' }
foreach ($path in $removed) { if (Test-Path $path) { throw "$path is still there" } }
Write-Host 'test.ps1: passed'
