// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "interchange/interchange.h"

#include <QDialog>

#include <functional>

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QTimer;
class QTreeWidget;

namespace retryscope {

/// "Import": another tool's configuration, pasted or from a file, and what it would change in the draft, before it does.
class ImportDialog : public QDialog
{
    Q_OBJECT
public:
    /// Asks a person for a file; empty when they changed their mind. Tests answer for them.
    using FileChooser = std::function<QString(QWidget *parent)>;

    /// What is imported is laid over `draft`.
    ImportDialog(const Configuration &draft, QWidget *parent = nullptr);
    void setFileChooser(FileChooser chooser) { m_choose = std::move(chooser); }

signals:
    /// The person wants it in the draft.
    void importRequested(const retryscope::Configuration &configuration);

private:
    void readNow();
    void openFile();
    void take();
    void addGroup(const QString &title, const QVector<QStringList> &rows);

    Configuration m_draft;
    Configuration m_imported;
    QComboBox *m_target;
    QPlainTextEdit *m_text;
    QLabel *m_said;
    QTreeWidget *m_result;
    QPushButton *m_take;
    QTimer *m_soon; ///< so that a paste of many pieces is read once
    FileChooser m_choose;
};

} // namespace retryscope
