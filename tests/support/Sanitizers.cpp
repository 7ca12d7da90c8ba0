/// How the sanitizers behave in every program of a sanitizer build; no variable has to be set. The runtime
/// calls these before main().

// The names are the runtime's own. NOLINTBEGIN(bugprone-reserved-identifier)
#define CONCIERGE_EXPORTED extern "C" __attribute__((visibility("default"), used))

CONCIERGE_EXPORTED const char *__asan_default_options();
CONCIERGE_EXPORTED const char *__lsan_default_options();
CONCIERGE_EXPORTED const char *__lsan_default_suppressions();
CONCIERGE_EXPORTED const char *__ubsan_default_options();
CONCIERGE_EXPORTED const char *__tsan_default_options();
CONCIERGE_EXPORTED const char *__tsan_default_suppressions();

const char *__asan_default_options()
{
    return "abort_on_error=1:detect_leaks=1";
}

const char *__lsan_default_options()
{
    return "print_suppressions=0";
}

const char *__lsan_default_suppressions()
{
    // What OpenSSL sets up once a process when Qt Network loads its TLS plugin, and never gives back: about
    // 10 KB, the same with 2 clients and with 500. No frame of ours is in these stacks.
    return "leak:libcrypto.so\n";
}

const char *__ubsan_default_options()
{
    return "print_stacktrace=1";
}

const char *__tsan_default_options()
{
    // Qt is not built with ThreadSanitizer, and its mutexes and semaphores are bare futexes: the order they
    // establish is invisible. ignore_noninstrumented_modules keeps memory touched inside Qt (events, their
    // lists) out of it; all accesses by code of ours are still checked, and std::mutex, std::atomic and
    // std::thread are understood. history_size keeps the stack of the other access long enough for the
    // patterns below to be recognised.
    return "ignore_noninstrumented_modules=1:history_size=7:halt_on_error=1";
}

const char *__tsan_default_suppressions()
{
    // A functor is built by the thread that posts it and read by the one that runs it. What orders the two is
    // the mutex of Qt's list of posted events. (The dispatcher's wake-up orders them too, visibly, except
    // when the receiver takes the event from the list before the sender has come to the wake-up.) GCC's
    // names, then Clang's.
    return "race:^QFunctorSlotObject$\n"
           "race:>::QFunctorSlotObject(\n";
}

// NOLINTEND(bugprone-reserved-identifier)
