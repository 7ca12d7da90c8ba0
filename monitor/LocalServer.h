#pragma once

#include "ServiceControl.h"

#include <QTimer>

#include <optional>

namespace concierge::monitor {

/// Starts and stops the server of this computer: by the service manager where a service is installed, else as
/// a process of its own, which outlives the monitor. Thread: the GUI's.
class LocalServer : public QObject
{
    Q_OBJECT

public:
    /// `service` is made by ServiceControl::create(); `program`: the server's path, empty: findProgram().
    explicit LocalServer(std::unique_ptr<ServiceControl> service, QString program = {},
                         QObject *parent = nullptr);

    /// Beside the monitor's own program, else on PATH; empty: there is none.
    static QString findProgram();

    const ServiceControl &service() const noexcept { return *m_service; }
    const QString &program() const noexcept { return m_program; }
    bool canStart() const { return m_service->isInstalled() || !m_program.isEmpty(); }
    /// One sentence: who starts it, and where its log is.
    QString manner() const;

    /// `socket`: where the feed is expected.
    void start(const QString &socket);
    /// True: the service manager was asked. False: there is no service; drain by the feed.
    bool stopService();
    /// The feed has greeted: what was started is there.
    void arrived();
    bool isStarting() const noexcept { return m_isStarting; }

    /// Of a server that is stopped: `concierge restore`. Tells by restored() or failed().
    void restore(const QString &backup, const QString &dataDir);

    static QString logPath();
    static QString workingFolder();

Q_SIGNALS:
    void changed();
    void failed(const QString &why);
    void restored(const QString &report);

private:
    void startProgram(const QString &socket);
    void watchProgram();
    void gaveUp();
    void setStarting(bool isStarting);

    std::unique_ptr<ServiceControl> m_service;
    const QString m_program;
    QTimer m_patience;
    QTimer m_watch;
    qint64 m_pid = 0; // of the program that is being started; 0: the service manager does it
    bool m_isStarting = false;
};

} // namespace concierge::monitor
