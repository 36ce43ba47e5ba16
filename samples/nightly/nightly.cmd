@echo off
rem One night. windows.txt beside this file says how it is installed.
cd /d C:\importer
set NXCLOUD_ACCESS_KEY=your-access-key
set NXCLOUD_ACCESS_SECRET_FILE=C:\importer\secret.txt
set IMPORTER_JOURNAL=C:\importer\state\journal.sqlite3
rem The log is kept twice: a new one is begun when it has 10 MB.
if exist night.log for %%F in (night.log) do if %%~zF gtr 10000000 move /y night.log night.old.log
if not "%~1"=="" (
  C:\importer\program\Scripts\importer.exe %*
) else (
  C:\importer\program\Scripts\importer.exe nightly --log-format json 2>> night.log
)
exit /b %ERRORLEVEL%
