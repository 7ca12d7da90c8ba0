#pragma once

#include <QAbstractEventDispatcher>

#include <functional>
#include <memory>

namespace concierge::transport {

/// An IoEventDispatcher with `turnEnd` as its turn-end handler, to be released into
/// QThread::setEventDispatcher before the thread starts. Null on Windows, where Qt's own dispatcher is kept:
/// the caller then connects QAbstractEventDispatcher::aboutToBlock (of the running thread, directly) to
/// `turnEnd`, which is called less often that way: before the thread sleeps, not in every busy turn. Thread:
/// any.
std::unique_ptr<QAbstractEventDispatcher> makeIoDispatcher(std::function<void()> turnEnd);

} // namespace concierge::transport
