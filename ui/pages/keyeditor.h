// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "keys/keystore.h"
#include "protocols/provider.h"
#include "theme/theme.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace retryscope {

class KeyRing;

/// The keys of a provider that this machine's keychain keeps: whether each is there, and putting one there, replacing it and
/// taking it out. What is typed goes to the keychain alone; the configuration is told its name.
class KeyEditor : public QWidget
{
    Q_OBJECT
public:
    explicit KeyEditor(const Theme &theme, QWidget *parent = nullptr);
    /// `ring` must outlive this; without one nothing is shown.
    void setKeyRing(KeyRing *ring);
    void show(const ProviderConfig &provider);
    /// A new key is to be typed.

signals:
    /// The keychain has it under this name, which is new to the provider.
    void kept(const retryscope::ProviderId &provider, const QString &name);
    void removed(const retryscope::ProviderId &provider, const QString &name);

private:
    struct Line
    {
        QString name;
        QLabel *state;
        QToolButton *replace, *again, *remove;
    };
    enum class Form : quint8 { None, Add, Replace, Remove };

    void makeForm();
    void makeLines(const QStringList &names);
    void showLines();
    void open(Form form, const QString &name);
    void close();
    void act();
    void keep();
    void showProblem(const QString &sentence);
    /// As many names as a new key may have, the best first.
    QStringList newNames() const;

    const Theme &m_theme;
    KeyRing *m_ring = nullptr;
    ProviderConfig m_provider;
    QVector<Line> m_lines;
    QVBoxLayout *m_list;
    QPushButton *m_add;
    QWidget *m_form;
    QLabel *m_question, *m_problem;
    QLineEdit *m_typed;
    QPushButton *m_do, *m_cancel;
    Form m_open = Form::None;
    QString m_name; ///< of the key that the form is about
    bool m_busy = false;
};

} // namespace retryscope
