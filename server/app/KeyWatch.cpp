#include "app/KeyWatch.h"

#include <QLoggingCategory>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcKeys, "concierge.keys")

namespace {

/// Looked at, and not notified of: that works with every file system, and with files that are replaced.
constexpr Milliseconds interval{2'000};

void tell(const auth::Verifier &keys)
{
    const std::size_t count = keys.keyCount();
    qCInfo(lcKeys) << "token mode:" << count << (count == 1 ? "key" : "keys");
    if (keys.hasWeakKey())
        qCWarning(lcKeys)
            << "a secret for tokens is shorter than 32 bytes: who has a token can find it out by trying;"
               " make one with: openssl rand -base64 48";
}

} // namespace

KeyWatch::KeyWatch(auth::KeySource source, std::function<void(Keys)> changed)
    : m_source(std::move(source))
    , m_changed(std::move(changed))
{
    m_timer.setInterval(interval);
    QObject::connect(&m_timer, &QTimer::timeout, this, &KeyWatch::reload);
}

std::optional<QString> KeyWatch::start()
{
    auto loaded = m_source.load();
    if (!loaded)
        return loaded.error().text;
    m_keys = std::move(loaded).value();
    tell(*m_keys);
    if (m_source.hasFiles())
        m_timer.start();
    return std::nullopt;
}

void KeyWatch::reload()
{
    auto loaded = m_source.reload();
    if (!loaded)
        return;
    if (!*loaded) {
        qCCritical(lcKeys).noquote() << "keys are not renewed, and those there were stay:"
                                     << loaded->error().text;
        return;
    }
    m_keys = std::move(*loaded).value();
    tell(*m_keys);
    m_changed(m_keys);
}

} // namespace concierge::app
