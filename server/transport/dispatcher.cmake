# The io threads' event dispatcher: on Unix over libuv, on Windows Qt's own.
if(WIN32)
    set(CONCIERGE_DISPATCHER_SOURCES IoDispatcherFactory.h IoDispatcherFactory_windows.cpp)
    set(CONCIERGE_DISPATCHER_LIBRARIES "")
else()
    set(CONCIERGE_DISPATCHER_SOURCES
        IoDispatcherFactory.h IoDispatcherFactory_unix.cpp
        IoEventDispatcher.h IoEventDispatcher.cpp
        Poller.h Poller.cpp
        TimerQueue.h TimerQueue.cpp)
    set(CONCIERGE_DISPATCHER_LIBRARIES concierge::libuv)
endif()
