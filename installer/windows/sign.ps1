# Signs programs where WINDOWS_CERTIFICATE (a .pfx in base64) is set, with WINDOWS_CERTIFICATE_PASSWORD:
#   pwsh installer/windows/sign.ps1 FILE...
# In a developer command prompt, which has signtool.
$ErrorActionPreference = 'Stop'
if (-not $env:WINDOWS_CERTIFICATE) {
    Write-Host 'sign.ps1: not signed, for WINDOWS_CERTIFICATE is empty'
    exit 0
}
$pfx = Join-Path ([System.IO.Path]::GetTempPath()) ([System.IO.Path]::GetRandomFileName() + '.pfx')
try {
    [System.IO.File]::WriteAllBytes($pfx, [System.Convert]::FromBase64String($env:WINDOWS_CERTIFICATE))
    foreach ($file in $args) {
        & signtool sign /fd SHA256 /td SHA256 /tr http://timestamp.digicert.com /f $pfx /p $env:WINDOWS_CERTIFICATE_PASSWORD $file
        if ($LASTEXITCODE -ne 0) { throw "signtool could not sign $file" }
        & signtool verify /pa $file
        if ($LASTEXITCODE -ne 0) { throw "the signature of $file is not good" }
    }
} finally {
    Remove-Item -Force -ErrorAction SilentlyContinue $pfx
}
