//! What we answer to modules: the password, when they ask for something that is not shown while it is typed.
//!
//! A module that asks for anything else - a name, a code, a new password - talks to somebody who is not there, so the
//! conversation fails and with it the check.

use std::ffi::CStr;

use libc::{c_int, c_void};

use crate::library::{PamConv, PamMessage, PamResponse};

/// Values of security/_pam_types.h.
const PAM_SUCCESS: c_int = 0;
const PAM_BUF_ERR: c_int = 5;
const PAM_CONV_ERR: c_int = 19;
const PROMPT_ECHO_OFF: c_int = 1;
const ERROR_MSG: c_int = 3;
const TEXT_INFO: c_int = 4;
const MAX_MESSAGES: c_int = 32;

/// How often the password is given: once by each module of a stack that does not take it over from the one before.
const PROMPTS: u32 = 4;

/// How many messages of modules are kept for the error.
const KEPT: usize = 8;

/// The state of one conversation.
pub(crate) struct Conversation<'a> {
    password: &'a CStr,
    prompts: u32,
    messages: Vec<String>,
}

impl<'a> Conversation<'a> {
    pub(crate) fn new(password: &'a CStr) -> Self {
        Self {
            password,
            prompts: 0,
            messages: Vec::new(),
        }
    }

    /// What libpam is given; valid as long as `self` is neither moved nor looked at.
    pub(crate) fn as_pam_conv(&mut self) -> PamConv {
        PamConv {
            converse,
            data: std::ptr::from_mut(self).cast(),
        }
    }

    /// What modules said, for people.
    pub(crate) fn into_messages(self) -> Vec<String> {
        self.messages
    }

    /// One message; the answer is a string that libpam frees, or none.
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn answer(&mut self, style: c_int, text: &CStr) -> Result<*mut libc::c_char, c_int> {
        match style {
            PROMPT_ECHO_OFF if self.prompts < PROMPTS => {
                self.prompts += 1;
                // SAFETY: the password ends with NUL; the copy belongs to libpam.
                let copy = unsafe { libc::strdup(self.password.as_ptr()) };
                if copy.is_null() {
                    Err(PAM_BUF_ERR)
                } else {
                    Ok(copy)
                }
            }
            ERROR_MSG | TEXT_INFO => {
                if self.messages.len() < KEPT {
                    self.messages.push(text.to_string_lossy().trim().to_owned());
                }
                Ok(std::ptr::null_mut())
            }
            _ => Err(PAM_CONV_ERR),
        }
    }
}

/// The conversation function (pam_conv(3)).
#[allow(unsafe_code, reason = "what this crate is for")]
unsafe extern "C" fn converse(
    count: c_int,
    messages: *const *const PamMessage,
    responses: *mut *mut PamResponse,
    data: *mut c_void,
) -> c_int {
    if !(1..=MAX_MESSAGES).contains(&count) || messages.is_null() || responses.is_null() || data.is_null() {
        return PAM_CONV_ERR;
    }
    let count = count as usize;
    // SAFETY: zeroed memory that libpam frees with free(3).
    let answers = unsafe { libc::calloc(count, size_of::<PamResponse>()) }.cast::<PamResponse>();
    if answers.is_null() {
        return PAM_BUF_ERR;
    }
    // SAFETY: the conversation we gave to pam_start, which nobody else uses meanwhile.
    let conversation = unsafe { &mut *data.cast::<Conversation<'_>>() };
    for index in 0..count {
        // SAFETY: Linux-PAM passes an array of `count` pointers to messages (pam_conv(3)).
        let message = unsafe { &**messages.add(index) };
        let text = match message.text.is_null() {
            true => c"",
            // SAFETY: not null, ends with NUL.
            false => unsafe { CStr::from_ptr(message.text) },
        };
        match conversation.answer(message.style, text) {
            // SAFETY: `answers` has `count` elements.
            Ok(answer) => unsafe { (*answers.add(index)).text = answer },
            Err(code) => {
                // SAFETY: the same.
                unsafe { forget(answers, index) };
                return code;
            }
        }
    }
    // SAFETY: a place for one pointer.
    unsafe { *responses = answers };
    PAM_SUCCESS
}

/// Overwrites and frees what was answered so far.
///
/// # Safety
/// The first `count` answers are null or strings of strdup(3).
#[allow(unsafe_code, reason = "what this crate is for")]
unsafe fn forget(answers: *mut PamResponse, count: usize) {
    for index in 0..count {
        // SAFETY: by the caller.
        unsafe {
            let text = (*answers.add(index)).text;
            if !text.is_null() {
                libc::explicit_bzero(text.cast(), libc::strlen(text));
                libc::free(text.cast());
            }
        }
    }
    // SAFETY: of calloc, freed once.
    unsafe { libc::free(answers.cast()) };
}

/// `PAM_FAIL_DELAY`: called instead of sleeping.
#[allow(unsafe_code, reason = "what this crate is for")]
pub(crate) unsafe extern "C" fn no_delay(_outcome: c_int, _microseconds: u32, _data: *mut c_void) {}

#[cfg(test)]
#[allow(unsafe_code, reason = "calls what libpam calls")]
mod tests {
    use super::*;

    /// Asks as a module would; the answers, or the code.
    fn ask(
        conversation: &mut Conversation<'_>,
        questions: &[(c_int, &CStr)],
    ) -> Result<Vec<Option<String>>, c_int> {
        let messages: Vec<_> = questions
            .iter()
            .map(|(style, text)| PamMessage {
                style: *style,
                text: text.as_ptr(),
            })
            .collect();
        let pointers: Vec<_> = messages.iter().map(std::ptr::from_ref).collect();
        let mut answers = std::ptr::null_mut();
        let conv = conversation.as_pam_conv();
        let code = unsafe {
            (conv.converse)(
                pointers.len() as c_int,
                pointers.as_ptr(),
                &raw mut answers,
                conv.data,
            )
        };
        if code != PAM_SUCCESS {
            return Err(code);
        }
        let text = |index| {
            let text = unsafe { (*answers.add(index)).text };
            (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned())
        };
        let texts = (0..questions.len()).map(text).collect();
        unsafe { forget(answers, questions.len()) };
        Ok(texts)
    }

    #[test]
    fn a_hidden_prompt_gets_the_password_and_messages_are_kept() {
        let mut conversation = Conversation::new(c"secret");
        let answers = ask(
            &mut conversation,
            &[
                (TEXT_INFO, c"expires in 3 days\n"),
                (PROMPT_ECHO_OFF, c"Password: "),
            ],
        );
        assert_eq!(answers.unwrap(), [None, Some("secret".to_owned())]);
        assert_eq!(conversation.into_messages(), ["expires in 3 days"]);
    }

    #[test]
    fn a_prompt_that_is_shown_is_not_answered() {
        let questions = [(PROMPT_ECHO_OFF, c"Password: "), (2, c"login: ")];
        assert_eq!(
            ask(&mut Conversation::new(c"secret"), &questions),
            Err(PAM_CONV_ERR)
        );
    }

    #[test]
    fn a_module_that_asks_for_ever_is_not_answered_for_ever() {
        let mut conversation = Conversation::new(c"secret");
        for _ in 0..PROMPTS {
            assert!(ask(&mut conversation, &[(PROMPT_ECHO_OFF, c"Password: ")]).is_ok());
        }
        assert_eq!(
            ask(&mut conversation, &[(PROMPT_ECHO_OFF, c"Password: ")]),
            Err(PAM_CONV_ERR)
        );
    }

    #[test]
    fn no_messages_and_too_many_are_errors() {
        let mut conversation = Conversation::new(c"secret");
        assert_eq!(ask(&mut conversation, &[]), Err(PAM_CONV_ERR));
        let many = [(TEXT_INFO, c"x"); MAX_MESSAGES as usize + 1];
        assert_eq!(ask(&mut conversation, &many), Err(PAM_CONV_ERR));
    }
}
