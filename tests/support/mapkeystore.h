// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keys/keystore.h"

#include <QMap>
#include <QStringList>

#include <deque>

namespace retryscope {

/// A keychain in memory. It answers when it is told to; `problem` is what it says to everything while it is set.
class MapKeyStore : public KeyStore
{
public:
    QMap<QString, QByteArray> keys;
    std::optional<KeyStoreError> problem;
    QStringList asked; ///< "read a", "write a", "remove a"

    void read(const QString &name, Read told) override
    {
        ask(QStringLiteral("read ") + name, [this, name, told = std::move(told)] {
            if (problem)
                told(Unexpected{*problem});
            else if (keys.contains(name))
                told(keys[name]);
            else
                told(Unexpected{KeyStoreError{KeyStoreProblem::NotThere, {}}});
        });
    }
    void write(const QString &name, const QByteArray &key, Done told) override
    {
        ask(QStringLiteral("write ") + name, [this, name, key, told = std::move(told)] {
            if (!problem)
                keys[name] = key;
            told(problem);
        });
    }
    void remove(const QString &name, Done told) override
    {
        ask(QStringLiteral("remove ") + name, [this, name, told = std::move(told)] {
            const bool there = problem || keys.remove(name) > 0;
            told(there ? problem : std::optional(KeyStoreError{KeyStoreProblem::NotThere, {}}));
        });
    }
    /// Answers all that was asked so far.
    virtual void answer()
    {
        for (auto waiting = std::exchange(m_waiting, {}); !waiting.empty(); waiting.pop_front())
            waiting.front()();
    }

protected:
    virtual void ask(const QString &what, std::function<void()> answer)
    {
        asked << what;
        m_waiting.push_back(std::move(answer));
    }

private:
    std::deque<std::function<void()>> m_waiting;
};

} // namespace retryscope
