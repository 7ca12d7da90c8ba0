#pragma once

#include "auth/ApiKeys.h"

#include <QObject>
#include <QTimer>

#include <functional>

namespace concierge::app {

/// The keys of the platform's back end, read anew when their file changes and when it is told to. Keys that
/// cannot be used change nothing, and the log says why. Thread: main.
class ApiKeyWatch final : public QObject
{
    Q_OBJECT

public:
    /// `changed` is called with keys that were read anew.
    ApiKeyWatch(auth::ApiKeySettings settings, std::function<void(const QByteArrayList &)> changed);

    /// The first time. An error is one line for the operator.
    std::optional<QString> start();
    /// Looks at once.
    void reload();
    const QByteArrayList &keys() const noexcept { return m_keys; }

private:
    auth::ApiKeySource m_source;
    const std::function<void(const QByteArrayList &)> m_changed;
    QByteArrayList m_keys;
    QTimer m_timer;
};

} // namespace concierge::app
