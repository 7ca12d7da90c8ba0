if(NOT WIN32)
    foreach(subject timers notifiers polling loop wakeups sockets)
        concierge_test(tst_dispatcher_${subject} THREADED
            SOURCES tst_dispatcher_${subject}.cpp DispatcherSupport.h
            DEPENDS concierge::transport Qt6::Network Qt6::WebSockets)
    endforeach()
endif()
