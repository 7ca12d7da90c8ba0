#pragma once

#include <QObject>

#include <memory>

namespace concierge::app {

/// SIGTERM and SIGINT (Ctrl+C, console close) as a Qt signal, a second one of which ends the process at once
/// with code 130; SIGHUP, where there is such, as another. One per process. Thread: main.
class SignalHandler final : public QObject
{
    Q_OBJECT

public:
    explicit SignalHandler(QObject *parent = nullptr);
    ~SignalHandler() override;

Q_SIGNALS:
    void stopRequested();
    /// Files that the server has read may have changed.
    void reloadRequested();

private:
    class Platform;
    std::unique_ptr<Platform> m_platform;
};

} // namespace concierge::app
