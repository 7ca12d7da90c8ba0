#pragma once

#include <QObject>

#include <memory>

namespace concierge::app {

/// SIGTERM and SIGINT (Ctrl+C, console close) as a Qt signal. A second one ends the process at once with code
/// 130. SIGHUP asks for a reload; where standard input was a terminal at the start, it means that the
/// terminal is gone, and so a stop. One per process. Thread: main.
class SignalHandler final : public QObject
{
    Q_OBJECT

public:
    explicit SignalHandler(QObject *parent = nullptr);
    ~SignalHandler() override;

Q_SIGNALS:
    void stopRequested();
    void reloadRequested();

private:
    class Platform;
    std::unique_ptr<Platform> m_platform;
};

} // namespace concierge::app
