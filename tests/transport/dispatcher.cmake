if(NOT WIN32)
    foreach(subject timers notifiers polling loop wakeups sockets)
        concierge_test(tst_dispatcher_${subject}
            SOURCES tst_dispatcher_${subject}.cpp DispatcherSupport.h
            DEPENDS concierge::transport Qt6::Network Qt6::WebSockets)
        if(CONCIERGE_SANITIZER MATCHES "thread")
            set(tsan suppressions=${CMAKE_SOURCE_DIR}/tests/support/tsan.supp
                ignore_noninstrumented_modules=1 history_size=7)
            list(JOIN tsan ":" tsan)
            set_tests_properties(tst_dispatcher_${subject} PROPERTIES ENVIRONMENT "TSAN_OPTIONS=${tsan}")
        endif()
    endforeach()
endif()
