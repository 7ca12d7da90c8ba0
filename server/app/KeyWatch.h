#pragma once

#include "auth/KeySource.h"

#include <QObject>
#include <QTimer>

#include <functional>

namespace concierge::app {

/// The keys of token mode, read anew when their files change and when it is told to. Keys that cannot be used
/// change nothing: those there are stay good, and the log says why. Thread: main.
class KeyWatch final : public QObject
{
    Q_OBJECT

public:
    using Keys = std::shared_ptr<const auth::Verifier>;

    /// `changed` is called with keys that were read anew.
    KeyWatch(auth::KeySource source, std::function<void(Keys)> changed);

    /// The first time. An error is one line for the operator.
    std::optional<QString> start();
    /// Looks at once.
    void reload();
    const Keys &keys() const noexcept { return m_keys; }

private:
    auth::KeySource m_source;
    const std::function<void(Keys)> m_changed;
    Keys m_keys;
    QTimer m_timer;
};

} // namespace concierge::app
