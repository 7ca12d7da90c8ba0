# The io threads' event dispatcher: on Unix over libuv (link PkgConfig::libuv), on Windows Qt's own.
if(WIN32)
    set(CONCIERGE_DISPATCHER_SOURCES IoDispatcherFactory.h IoDispatcherFactory_windows.cpp)
else()
    set(CONCIERGE_DISPATCHER_SOURCES
        IoDispatcherFactory.h IoDispatcherFactory_unix.cpp
        IoEventDispatcher.h IoEventDispatcher.cpp
        Poller.h Poller.cpp
        TimerQueue.h TimerQueue.cpp)
endif()
