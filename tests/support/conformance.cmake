# The fixture that protocol test suites run against.
if(TARGET concierge::app)
    concierge_executable(concierge-conformance
        SOURCES conformance_main.cpp
        DEPENDS concierge::socketio concierge::app)
endif()
