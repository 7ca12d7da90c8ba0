#include "app/SignalHandler_win.h"

#include "app/SignalHandler.h"

#include <QMetaObject>

#include <atomic>

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

namespace concierge::app {

namespace {

std::atomic<SignalHandler *> handlerObject{nullptr};
std::atomic<bool> wasSignalled{false};
bool isConsoleIgnored = false;

BOOL WINAPI onConsoleEvent(DWORD event)
{
    // Called on a thread of the system's own.
    if (isConsoleIgnored)
        return TRUE;
    if (wasSignalled.exchange(true))
        ExitProcess(130);
    requestStop();
    // After close, log-off and shutdown the system ends the process as soon as this returns; wait until
    // main() did.
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        Sleep(INFINITE);
    return TRUE;
}

} // namespace

void ignoreConsole()
{
    isConsoleIgnored = true;
}

void requestStop()
{
    if (SignalHandler *handler = handlerObject.load())
        QMetaObject::invokeMethod(handler, &SignalHandler::stopRequested, Qt::QueuedConnection);
}

class SignalHandler::Platform
{};

SignalHandler::SignalHandler(QObject *parent)
    : QObject(parent)
{
    handlerObject.store(this);
    SetConsoleCtrlHandler(onConsoleEvent, TRUE);
}

SignalHandler::~SignalHandler()
{
    SetConsoleCtrlHandler(onConsoleEvent, FALSE);
    handlerObject.store(nullptr);
}

} // namespace concierge::app
