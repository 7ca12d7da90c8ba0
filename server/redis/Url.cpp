#include "redis/Url.h"

#include <QUrl>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace concierge::redis {

namespace {

struct Scheme
{
    const char *name;
    Url::Transport transport;
};
/// The first of each transport is the one that toString() says.
constexpr std::array schemes{
    Scheme{"redis", Url::Transport::Tcp},   Scheme{"rediss", Url::Transport::Tls},
    Scheme{"unix", Url::Transport::Unix},   Scheme{"valkey", Url::Transport::Tcp},
    Scheme{"valkeys", Url::Transport::Tls}, Scheme{"redis+unix", Url::Transport::Unix}};

constexpr int maxDatabase = 1'000'000;

struct Fault
{
    const char *text;
};

const Fault badDatabase{"the database has to be a whole number, for example redis://127.0.0.1:6379/0"};

bool isHexDigit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::optional<QByteArray> decoded(QByteArrayView text)
{
    for (qsizetype at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
        if (at + 2 >= text.size() || !isHexDigit(text[at + 1]) || !isHexDigit(text[at + 2]))
            return std::nullopt;
    }
    return QByteArray::fromPercentEncoding(text.toByteArray());
}

std::optional<int> number(QByteArrayView digits, int most)
{
    if (digits.isEmpty() || digits.size() > 9 ||
        !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    const int value = digits.toByteArray().toInt();
    return value <= most ? std::optional(value) : std::nullopt;
}

/// One URL, part by part; each step answers what is wrong.
class Parser
{
public:
    explicit Parser(QStringView text)
        : m_text(text.trimmed().toUtf8())
        , m_rest(m_text)
    {}

    std::optional<Fault> run()
    {
        for (const auto step : {&Parser::scheme, &Parser::query, &Parser::authority, &Parser::path}) {
            if (auto fault = (this->*step)())
                return fault;
        }
        return std::nullopt;
    }
    Url take() { return std::move(m_url); }

private:
    std::optional<Fault> scheme()
    {
        const qsizetype end = m_rest.indexOf("://");
        const QByteArray name = end < 0 ? QByteArray() : m_rest.first(end).toByteArray().toLower();
        for (const Scheme &known : schemes) {
            if (name != known.name)
                continue;
            m_url.transport = known.transport;
            m_rest = m_rest.sliced(end + 3);
            return std::nullopt;
        }
        return Fault{
            "has to begin with redis://, rediss:// (TLS) or unix://, for example redis://127.0.0.1:6379"};
    }

    std::optional<Fault> query()
    {
        const qsizetype mark = m_rest.indexOf('?');
        if (mark < 0)
            return std::nullopt;
        const QByteArrayView query = m_rest.sliced(mark + 1);
        m_rest = m_rest.first(mark);
        if (query.contains('@'))
            return Fault{"a ? in a user or a password has to be written as %3F"};
        if (!query.startsWith("db="))
            return Fault{"knows only ?db=N behind the ?"};
        m_hasQuery = true;
        return setDatabase(query.sliced(3));
    }

    std::optional<Fault> authority()
    {
        const qsizetype slash = m_rest.indexOf('/');
        QByteArrayView authority = slash < 0 ? m_rest : m_rest.first(slash);
        m_rest = slash < 0 ? QByteArrayView() : m_rest.sliced(slash);
        const qsizetype at = authority.lastIndexOf('@');
        if (at < 0 && m_url.transport != Url::Transport::Unix && m_rest.contains('@'))
            return Fault{"a / in a user or a password has to be written as %2F"};
        if (at >= 0) {
            if (auto fault = login(authority.first(at)))
                return fault;
            authority = authority.sliced(at + 1);
        }
        if (m_url.transport != Url::Transport::Unix)
            return hostAndPort(authority);
        if (!authority.isEmpty())
            return Fault{"a socket's path has to begin with a third slash: unix:///run/redis/redis.sock"};
        return std::nullopt;
    }

    std::optional<Fault> login(QByteArrayView login)
    {
        const qsizetype colon = login.indexOf(':');
        if (colon < 0)
            return Fault{
                "has a user without a password: redis://user:password@host, or redis://:password@host for "
                "a password alone"};
        const auto user = decoded(login.first(colon));
        const auto password = decoded(login.sliced(colon + 1));
        if (!user || !password)
            return Fault{"a % in a user or a password has to be written as %25"};
        if (!user->isEmpty() && password->isEmpty())
            return Fault{"has a user with an empty password: redis://user:password@host"};
        m_url.user = *user;
        m_url.password = *password;
        return std::nullopt;
    }

    std::optional<Fault> hostAndPort(QByteArrayView text)
    {
        QByteArrayView host = text;
        QByteArrayView port;
        qsizetype colon = text.lastIndexOf(':');
        if (text.startsWith('[')) {
            const qsizetype close = text.indexOf(']');
            if (close < 0)
                return Fault{"has a [ without a ]: redis://[::1]:6379"};
            host = text.sliced(1, close - 1);
            if (!host.contains(':'))
                return Fault{"has something else than an IPv6 address in its brackets: redis://[::1]:6379"};
            colon = close + 1 < text.size() ? close + 1 : -1;
            if (colon >= 0 && text[colon] != ':')
                return Fault{"has something behind the ] that is no port: redis://[::1]:6379"};
        } else if (colon >= 0) {
            host = text.first(colon);
            if (host.contains(':'))
                return Fault{"an IPv6 address has to be in brackets: redis://[::1]:6379"};
        }
        if (host.isEmpty())
            return Fault{"names no host, for example redis://127.0.0.1:6379"};
        if (std::any_of(host.begin(), host.end(), [](char c) { return c <= ' ' || c == '%' || c == '\x7f'; }))
            return Fault{"has a host with a character that no host has"};
        m_url.host = QString::fromUtf8(host);
        if (colon < 0)
            return std::nullopt;
        port = text.sliced(colon + 1);
        const auto value = number(port, 65'535);
        if (!value || *value == 0)
            return Fault{"the port has to be a number from 1 to 65535, for example redis://127.0.0.1:6379"};
        m_url.port = static_cast<quint16>(*value);
        return std::nullopt;
    }

    std::optional<Fault> path()
    {
        if (m_url.transport == Url::Transport::Unix) {
            const auto path = decoded(m_rest);
            if (!path)
                return Fault{"a % in the socket's path has to be written as %25"};
            if (path->size() < 2 || path->contains('\0'))
                return Fault{"names no socket, for example unix:///run/redis/redis.sock"};
            m_url.path = QString::fromUtf8(*path);
            return std::nullopt;
        }
        if (m_rest.size() < 2)
            return std::nullopt;
        if (m_hasQuery)
            return Fault{"has two databases, /N and ?db=N: one of them is enough"};
        return setDatabase(m_rest.sliced(1));
    }

    std::optional<Fault> setDatabase(QByteArrayView digits)
    {
        const auto value = number(digits, maxDatabase);
        if (!value)
            return badDatabase;
        m_url.database = *value;
        return std::nullopt;
    }

    const QByteArray m_text;
    QByteArrayView m_rest;
    Url m_url;
    bool m_hasQuery = false;
};

} // namespace

Result<Url, QString> Url::parse(QStringView text)
{
    Parser parser(text);
    if (const auto fault = parser.run())
        return QString::fromLatin1(fault->text);
    return parser.take();
}

QString Url::toString() const
{
    const auto *scheme = std::find_if(schemes.begin(), schemes.end(),
                                      [this](const Scheme &known) { return known.transport == transport; });
    QString text = QLatin1String(scheme->name) + QLatin1String("://");
    if (!password.isEmpty())
        text += QString::fromLatin1(user.toPercentEncoding()) + QLatin1String(":***@");
    if (transport == Transport::Unix) {
        text += QString::fromLatin1(QUrl::toPercentEncoding(path, "/"));
        return database == 0 ? text : text + QLatin1String("?db=") + QString::number(database);
    }
    text += place();
    return database == 0 ? text : text + u'/' + QString::number(database);
}

QString Url::place() const
{
    if (transport == Transport::Unix)
        return path;
    const QString shown = host.contains(u':') ? u'[' + host + u']' : host;
    return shown + u':' + QString::number(port);
}

} // namespace concierge::redis
