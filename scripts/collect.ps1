# Written from Microsoft's documentation and NOT TRIED on Windows: none was at hand, nor PowerShell.
# Read it before you run it, and please report what it gets wrong.
#
# Gathers what a Windows host says of itself into a folder laid out as `culprit collect` does on Linux,
# and a zip of it with the SHA-256 of every file. Then, anywhere:
#
#   culprit analyze culprit-HOST-TIME wan.pcap
#
# It changes nothing but for a capture that is started and stopped again with -CaptureSeconds. Nothing
# leaves this machine. Run it as administrator; without, it sees less, and collection.json says what.
#
#   powershell -ExecutionPolicy Bypass -File collect.ps1 -Plan
#   powershell -ExecutionPolicy Bypass -File collect.ps1 -Yes -Snapshots 10 -CaptureSeconds 60
#
# Windows PowerShell 5.1 or newer. What an older Windows lacks is listed among the problems.

[CmdletBinding()]
param(
  [string]$Folder,                 # where to write; culprit-HOST-TIME here unless named
  [switch]$Plan,                   # only say what would be taken
  [switch]$Yes,                    # do not ask
  [switch]$Arguments,              # keep the arguments of commands, what looks like a secret masked
  [ValidateRange(1, 1000)][int]$Snapshots = 1,
  [ValidateRange(50, 3600000)][int]$EveryMilliseconds = 200,
  [ValidateRange(0, 3600)][int]$CaptureSeconds = 0,
  [ValidateRange(1, 168)][int]$Hours = 24   # how far back event logs are read
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$layout = 1
$largestText = 16MB
$largestProgram = 512MB
$started = [DateTime]::UtcNow
$plain = New-Object System.Text.UTF8Encoding($false)
$items = New-Object System.Collections.ArrayList

function Get-Stamp([DateTime]$Time = [DateTime]::UtcNow) {
  $Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", [Globalization.CultureInfo]::InvariantCulture)
}

function Test-Administrator {
  $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
  $principal = New-Object Security.Principal.WindowsPrincipal($identity)
  $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

$taken = @(
  'sockets      TCP and UDP endpoints with their processes: Get-NetTCPConnection, Get-NetUDPEndpoint, netstat -anob',
  'processes    parents, users, times of start, program files with hashes and signatures',
  'drivers      driverquery, filter drivers, bindings of network adapters, the end of setupapi.dev.log',
  'network      addresses, routes, neighbours, the cache of names, ranges of ports, the hosts file',
  'firewall     rules, profiles, state of the filtering platform, the end of pfirewall.log',
  "logs         events 5156 and 5157, Sysmon 3, firewall and DNS client of the last $Hours hours",
  'timers       scheduled tasks: which program, as whom'
)
$left = @(
  'environment variables and memory; the program files themselves',
  'arguments of commands and tasks, of which only the number is kept'
)
if ($Arguments) { $left[1] = 'arguments of commands that look like secrets' }
if ($CaptureSeconds -gt 0) {
  $taken += "packets      pktmon for $CaptureSeconds seconds, the first 512 bytes of each: may hold what people wrote"
}

$taken | ForEach-Object { Write-Host $_ }
$left | ForEach-Object { Write-Host "left out     $_" }
if ($Plan) { exit 0 }
if (-not $Yes -and [Environment]::UserInteractive -and -not [Console]::IsInputRedirected) {
  $answer = Read-Host 'Gather this? [y/N]'
  if ($answer -notmatch '^(y|yes)$') { exit 0 }
}

$hostName = ($env:COMPUTERNAME -replace '[^A-Za-z0-9._-]', '')
if (-not $Folder) {
  $Folder = Join-Path (Get-Location).Path ("culprit-$hostName-" + $started.ToString('yyyyMMddTHHmmss') + 'Z')
}
if (Test-Path -LiteralPath $Folder) {
  Write-Error "$Folder exists already: name another with -Folder"
  exit 73
}
$Folder = (New-Item -ItemType Directory -Path $Folder).FullName

# ---- Writing, and the account of it ------------------------------------------------------------

function Save-Text([string]$Path, [string]$Text) {
  $file = Join-Path $Folder $Path
  $parent = Split-Path -Parent $file
  if (-not (Test-Path -LiteralPath $parent)) { [void](New-Item -ItemType Directory -Path $parent) }
  [IO.File]::WriteAllText($file, $Text, $plain)
}

function Save-Lines([string]$Path, $Lines) {
  Save-Text $Path ((@($Lines) -join "`n") + "`n")
}

# Does one item: its time, its files and what went wrong are written down; nothing ends the rest.
function Add-Item([string]$Name, [string]$How, [scriptblock]$Work) {
  Write-Progress -Activity 'culprit collect' -Status $Name
  $script:current = @{ problems = New-Object System.Collections.ArrayList; found = 0 }
  $watch = [Diagnostics.Stopwatch]::StartNew()
  try { & $Work } catch { Add-Problem $Name $_.Exception.Message }
  [void]$items.Add([ordered]@{
      item = $Name; how = $How; count = $script:current.found
      milliseconds = $watch.ElapsedMilliseconds; problems = @($script:current.problems)
    })
}

function Add-Problem([string]$What, [string]$Why) {
  $known = $script:current.problems | Where-Object { $_['what'] -eq $What -and $_['why'] -eq $Why.Trim() }
  if ($known) { $known['count'] = $known['count'] + 1 } else {
    [void]$script:current.problems.Add([ordered]@{ what = $What; why = $Why.Trim(); count = 1 })
  }
}

# Runs a program of the system's, never one that lies elsewhere on the path; within a time.
function Invoke-Tool([string]$Name, [string]$ArgumentText, [int]$Seconds = 60) {
  $path = Join-Path ([Environment]::SystemDirectory) $Name
  if (-not (Test-Path -LiteralPath $path)) { throw "$Name is not on this Windows" }
  $start = New-Object Diagnostics.ProcessStartInfo($path, $ArgumentText)
  $start.UseShellExecute = $false
  $start.RedirectStandardOutput = $true
  $start.RedirectStandardError = $true
  $start.CreateNoWindow = $true
  $process = [Diagnostics.Process]::Start($start)
  $output = $process.StandardOutput.ReadToEndAsync()
  $complaint = $process.StandardError.ReadToEndAsync()
  if (-not $process.WaitForExit($Seconds * 1000)) {
    $process.Kill()
    throw "$Name did not come to an end in $Seconds seconds"
  }
  $text = $output.Result
  if ($process.ExitCode -ne 0 -and $text.Length -eq 0) {
    throw "$Name ended with $($process.ExitCode): $($complaint.Result.Trim())"
  }
  if ($text.Length -gt $largestText) {
    Add-Problem $Name "longer than $largestText characters: the rest was left"
    $text = $text.Substring(0, $largestText)
  }
  $text
}

function Save-Tool([string]$Path, [string]$Name, [string]$ArgumentText) {
  try {
    Save-Text $Path (Invoke-Tool $Name $ArgumentText)
    $script:current.found++
  } catch { Add-Problem "$Name $ArgumentText" $_.Exception.Message }
}

# The end of a text file that others may be writing to.
function Save-Tail([string]$Path, [string]$Source) {
  try {
    $stream = New-Object IO.FileStream($Source, 'Open', 'Read', 'ReadWrite')
    try {
      if ($stream.Length -gt $largestText) { [void]$stream.Seek(-$largestText, 'End') }
      $reader = New-Object IO.StreamReader($stream, $true)
      Save-Text $Path $reader.ReadToEnd()
      $script:current.found++
    } finally { $stream.Dispose() }
  } catch { Add-Problem $Source $_.Exception.Message }
}

# ---- Secrets ------------------------------------------------------------------------------------

$telling = 'pass|pwd|secret|token|key|cred|auth|bearer|cookie|session|signature|private|login|pin|otp|psk|community'

# The arguments of a command with what looks like a secret masked. It errs towards masking.
function Hide-Secrets([string[]]$Words) {
  $hide = $false
  foreach ($word in $Words) {
    if ($hide -and $word -notmatch '^--') { '***'; $hide = $false; continue }
    $hide = ($word -match '^[-/]' -and $word -notmatch '[=:]' -and
      ($word -match $telling -or $word -cmatch '^[-/][pPuUakwWHd]$'))
    if ($word -match "^([^=:]*($telling)[^=:]*[=:])") { $Matches[1] + '***' }
    elseif ($word -match '^([-/][pP]).+' -and $word -notmatch '^--') { $Matches[1] + '***' }
    elseif ($word -match '^(.*:)[^:@]*(@.*)$') { $Matches[1] + '***' + $Matches[2] }
    elseif ($word -match '[A-Za-z0-9+_=]{20,}' -and $word -match '[0-9]') { '***' }
    else { $word }
  }
}

function Split-Command([string]$Line) {
  @([regex]::Matches($Line, '"[^"]*"|\S+') | ForEach-Object { $_.Value.Trim('"') })
}

# ---- What changes fastest comes first -----------------------------------------------------------

$isAdministrator = Test-Administrator

if ($CaptureSeconds -gt 0) {
  $trace = Join-Path $Folder 'capture.etl'
  $captureEnds = [DateTime]::UtcNow.AddSeconds($CaptureSeconds)
  $isCapturing = $false
  Add-Item 'capture begins' 'pktmon start' {
    [void](Invoke-Tool 'pktmon.exe' "start --capture --pkt-size 512 --file-name `"$trace`"")
    $script:isCapturing = $true
  }
}

Add-Item 'sockets' 'Get-NetTCPConnection, Get-NetUDPEndpoint, netstat -anob; each text begins with its time' {
  for ($look = 1; $look -le $Snapshots; $look++) {
    if ($look -gt 1) { Start-Sleep -Milliseconds $EveryMilliseconds }
    $suffix = if ($Snapshots -gt 1) { '-{0:D4}' -f $look } else { '' }
    # The names of processes stand in the same text, so that a number is not taken for a later one.
    $names = @('"Image Name","PID"') + @(Get-Process | Sort-Object Id |
        ForEach-Object { '"{0}","{1}"' -f $_.ProcessName, $_.Id })
    $moment = Get-Stamp
    $tcp = @(Get-NetTCPConnection | Sort-Object LocalAddress, LocalPort, RemoteAddress, RemotePort |
        Select-Object LocalAddress, LocalPort, RemoteAddress, RemotePort, State, OwningProcess |
        ConvertTo-Csv -NoTypeInformation)
    Save-Lines "sockets-tcp$suffix.txt" (@($moment) + $tcp + @('') + $names)
    $moment = Get-Stamp
    $udp = @(Get-NetUDPEndpoint | Sort-Object LocalAddress, LocalPort |
        Select-Object LocalAddress, LocalPort, OwningProcess | ConvertTo-Csv -NoTypeInformation)
    Save-Lines "sockets-udp$suffix.txt" (@($moment) + $udp + @('') + $names)
    $script:current.found += $tcp.Count + $udp.Count - 2
  }
  # -b takes long and needs an administrator; -ano everybody may ask for.
  $options = if ($isAdministrator) { '-anob' } else { '-ano' }
  $moment = Get-Stamp
  $text = Invoke-Tool 'netstat.exe' $options 120
  Save-Text 'netstat.txt' ($moment + "`r`n" + $text)
  if (-not $isAdministrator) { Add-Problem 'modules behind sockets (netstat -b)' 'only an administrator may ask' }
}

$programs = @{}

Add-Item 'processes' 'Win32_Process' {
  $lines = New-Object System.Collections.ArrayList
  $heading = [ordered]@{ culprit = 'processes'; layout = $layout; system = 'windows'; host = $hostName; captured = Get-Stamp }
  [void]$lines.Add(($heading | ConvertTo-Json -Compress))
  foreach ($process in Get-CimInstance Win32_Process | Sort-Object ProcessId) {
    $line = [ordered]@{ process = $process.ProcessId; parent = $process.ParentProcessId; name = $process.Name }
    $line.started = if ($process.CreationDate) { Get-Stamp $process.CreationDate } else { '' }
    if ($process.ExecutablePath) {
      $line.program = $process.ExecutablePath
      $programs[$process.ExecutablePath] = $true
    } elseif ($process.ProcessId -gt 4) { Add-Problem 'the program file of a process' 'not shown to this user' }
    try {
      $owner = Invoke-CimMethod -InputObject $process -MethodName GetOwner
      if ($owner.User) { $line.user = "$($owner.Domain)\$($owner.User)" }
    } catch { Add-Problem 'the user of a process' $_.Exception.Message }
    if ($process.CommandLine) {
      $words = @(Split-Command $process.CommandLine)
      $line.argumentCount = [Math]::Max(0, $words.Count - 1)
      if ($Arguments -and $words.Count -gt 1) { $line.arguments = @(Hide-Secrets $words[1..($words.Count - 1)]) }
    }
    [void]$lines.Add(($line | ConvertTo-Json -Compress))
    $script:current.found++
  }
  Save-Lines 'processes.jsonl' $lines
  Save-Tool 'services.txt' 'tasklist.exe' '/svc /fo csv'
}

# As sha256sum writes a name with backslashes: one in front, and each of them twice.
function Get-SumLine([string]$Digits, [string]$Path) { '\' + $Digits.ToLowerInvariant() + '  ' + $Path.Replace('\', '\\') }

Add-Item 'programs' 'Get-FileHash, Get-AuthenticodeSignature of each distinct program file' {
  $lists = @{ SHA256 = New-Object System.Collections.ArrayList; MD5 = New-Object System.Collections.ArrayList }
  $lines = New-Object System.Collections.ArrayList
  foreach ($path in $programs.Keys | Sort-Object) {
    try {
      $file = Get-Item -LiteralPath $path -Force
      if ($file.Length -gt $largestProgram) { throw "larger than $largestProgram bytes" }
      $line = [ordered]@{ path = $path; size = $file.Length; modified = Get-Stamp $file.LastWriteTimeUtc }
      foreach ($algorithm in 'SHA256', 'MD5') {
        $digits = (Get-FileHash -LiteralPath $path -Algorithm $algorithm).Hash
        $line[$algorithm.ToLowerInvariant()] = $digits.ToLowerInvariant()
        [void]$lists[$algorithm].Add((Get-SumLine $digits $path))
      }
      $signature = Get-AuthenticodeSignature -LiteralPath $path
      $line.signature = [string]$signature.Status
      if ($signature.SignerCertificate) { $line.signer = $signature.SignerCertificate.Subject }
      $line.version = $file.VersionInfo.FileVersion
      [void]$lines.Add(($line | ConvertTo-Json -Compress))
      $script:current.found++
    } catch { Add-Problem 'the hash of a program' $_.Exception.Message }
  }
  Save-Lines 'programs.jsonl' $lines
  Save-Lines 'executables.sha256' $lists.SHA256
  Save-Lines 'executables.md5' $lists.MD5
}

Add-Item 'network' 'ipconfig, route, arp, netsh, Get-DnsClientCache' {
  Save-Tool 'network/ipconfig.txt' 'ipconfig.exe' '/all'
  Save-Tool 'network/routes.txt' 'route.exe' 'print'
  Save-Tool 'network/neighbours.txt' 'arp.exe' '-a'
  foreach ($family in 'ipv4', 'ipv6') {
    foreach ($transport in 'tcp', 'udp') {
      Save-Tool "network/dynamic-ports-$family-$transport.txt" 'netsh.exe' "interface $family show dynamicport $transport"
      Save-Tool "network/excluded-ports-$family-$transport.txt" 'netsh.exe' "interface $family show excludedportrange $transport"
    }
  }
  try {
    Save-Lines 'network/name-cache.csv' (Get-DnsClientCache | Select-Object Entry, RecordType, Status, TimeToLive, Data |
        ConvertTo-Csv -NoTypeInformation)
  } catch { Add-Problem 'the cache of names' $_.Exception.Message }
  Save-Tail 'network/hosts' (Join-Path ([Environment]::SystemDirectory) 'drivers\etc\hosts')
}

Add-Item 'firewall' 'netsh advfirewall, netsh wfp show state' {
  Save-Tool 'firewall/profiles.txt' 'netsh.exe' 'advfirewall show allprofiles'
  Save-Tool 'firewall/rules.txt' 'netsh.exe' 'advfirewall firewall show rule name=all verbose'
  $state = Join-Path $Folder 'firewall\wfp-state.xml'
  try { [void](Invoke-Tool 'netsh.exe' "wfp show state file=`"$state`"") } catch { Add-Problem 'netsh wfp show state' $_.Exception.Message }
  Save-Tail 'logs/pfirewall.log' (Join-Path ([Environment]::SystemDirectory) 'LogFiles\Firewall\pfirewall.log')
}

Add-Item 'drivers' 'driverquery, fltmc, netcfg -s n, Get-NetAdapterBinding' {
  Save-Tool 'drivers/driverquery.csv' 'driverquery.exe' '/v /fo csv'
  Save-Tool 'drivers/signed.csv' 'driverquery.exe' '/si /fo csv'
  Save-Tool 'drivers/file-filters.txt' 'fltmc.exe' 'filters'
  Save-Tool 'drivers/network-components.txt' 'netcfg.exe' '-s n'
  try {
    Save-Lines 'drivers/bindings.csv' (Get-NetAdapterBinding -AllBindings |
        Select-Object Name, DisplayName, ComponentID, Enabled | ConvertTo-Csv -NoTypeInformation)
  } catch { Add-Problem 'bindings of adapters' $_.Exception.Message }
  Save-Tail 'drivers/setupapi.dev.log' (Join-Path $env:SystemRoot 'INF\setupapi.dev.log')
}

Add-Item 'logs' "Get-WinEvent of the last $Hours hours, at most 20000 of each, newest first" {
  $wanted = @(
    @{ File = 'logs/filtering.xml'; Filter = @{ LogName = 'Security'; Id = 5156, 5157 } },
    @{ File = 'logs/sysmon.xml'; Filter = @{ LogName = 'Microsoft-Windows-Sysmon/Operational'; Id = 3 } },
    @{ File = 'logs/firewall.xml'; Filter = @{ LogName = 'Microsoft-Windows-Windows Firewall With Advanced Security/Firewall' } },
    @{ File = 'logs/names.xml'; Filter = @{ LogName = 'Microsoft-Windows-DNS-Client/Operational' } }
  )
  foreach ($each in $wanted) {
    $filter = $each.Filter
    $filter.StartTime = (Get-Date).AddHours(-$Hours)
    try {
      $events = @(Get-WinEvent -FilterHashtable $filter -MaxEvents 20000 | ForEach-Object { $_.ToXml() })
      Save-Lines $each.File $events
      $script:current.found += $events.Count
    } catch { Add-Problem $filter.LogName $_.Exception.Message }
  }
}

Add-Item 'timers' 'Get-ScheduledTask' {
  $lines = New-Object System.Collections.ArrayList
  foreach ($task in Get-ScheduledTask | Sort-Object TaskPath, TaskName) {
    $line = [ordered]@{ task = $task.TaskPath + $task.TaskName; state = [string]$task.State; user = $task.Principal.UserId }
    $line.commands = @($task.Actions | ForEach-Object {
        if ($_.PSObject.Properties['Execute']) {
          $words = @(Split-Command ([string]$_.Arguments))
          "$($_.Execute) ($($words.Count) arguments)"
        }
      })
    [void]$lines.Add(($line | ConvertTo-Json -Compress))
    $script:current.found++
  }
  Save-Lines 'timers/tasks.jsonl' $lines
}

if ($CaptureSeconds -gt 0 -and $isCapturing) {
  Add-Item 'capture' 'pktmon stop, pktmon etl2pcap' {
    $wait = ($captureEnds - [DateTime]::UtcNow).TotalMilliseconds
    if ($wait -gt 0) { Start-Sleep -Milliseconds $wait }
    [void](Invoke-Tool 'pktmon.exe' 'stop')
    $capture = Join-Path $Folder 'capture.pcapng'
    # The first Windows that had it called it otherwise.
    try { [void](Invoke-Tool 'pktmon.exe' "etl2pcap `"$trace`" --out `"$capture`"") }
    catch { [void](Invoke-Tool 'pktmon.exe' "pcapng `"$trace`" -o `"$capture`"") }
    if (Test-Path -LiteralPath $capture) { Remove-Item -LiteralPath $trace } else { Add-Problem 'packets' 'pktmon made no capture of its trace' }
  }
}

# ---- The account, the sums, the zip -------------------------------------------------------------

$system = Get-CimInstance Win32_OperatingSystem
$account = [ordered]@{
  culprit = 'collection'; layout = $layout; version = 'collect.ps1'; host = $hostName
  system = "$($system.Caption) $($system.Version)"; bootTime = Get-Stamp $system.LastBootUpTime
  started = Get-Stamp $started; ended = Get-Stamp
  user = [Security.Principal.WindowsIdentity]::GetCurrent().Name; maySeeOwnersOfOthers = $isAdministrator
  options = [ordered]@{
    snapshots = $Snapshots; everyMilliseconds = $EveryMilliseconds; arguments = [bool]$Arguments
    captureSeconds = $CaptureSeconds; hours = $Hours
  }
  items = @($items)
}
Save-Text 'collection.json' (($account | ConvertTo-Json -Depth 8) + "`n")

$sums = foreach ($file in Get-ChildItem -LiteralPath $Folder -Recurse -File | Sort-Object FullName) {
  $name = $file.FullName.Substring($Folder.Length + 1).Replace('\', '/')
  (Get-FileHash -LiteralPath $file.FullName -Algorithm SHA256).Hash.ToLowerInvariant() + '  ' + $name
}
Save-Lines 'MANIFEST.sha256' $sums
Compress-Archive -Path (Join-Path $Folder '*') -DestinationPath "$Folder.zip"

foreach ($item in $items) {
  foreach ($problem in $item['problems']) { Write-Host "not read     $($problem['what']): $($problem['why']) ($($problem['count']))" }
}
Write-Host "written to   $Folder"
Write-Host "and          $Folder.zip, SHA-256 $((Get-FileHash -LiteralPath "$Folder.zip" -Algorithm SHA256).Hash)"
