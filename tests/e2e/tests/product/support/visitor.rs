//! Somebody who uses the console.

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use super::{Program, Scene};

/// Somebody at the console, in a browser that follows no redirect by itself.
pub struct Visitor {
    client: Client,
    /// Of the console, without a slash at its end.
    pub url: String,
    /// By which the browser is known.
    pub cookie: String,
    /// What its forms hold.
    pub word: String,
}

impl Visitor {
    /// Logs in with the token.
    pub async fn log_in(scene: &Scene, program: &Program) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let token = std::fs::read_to_string(scene.path("data/console.token")).unwrap();
        let (cookie, word) = (String::new(), String::new());
        // Microsoft sends browsers back to the name alone.
        let url = program.api().unwrap().replace("127.0.0.1", "localhost");
        let mut visitor = Self { client, url, cookie, word };
        let answer = visitor.submit("/login", &[("secret", token.trim())]).await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().clone_into(&mut visitor.cookie);
        let page = visitor.get(&format!("{}/", visitor.url)).await.text().await.unwrap();
        between(&page, "name=\"word\" value=\"", "\"").clone_into(&mut visitor.word);
        visitor
    }

    pub async fn get(&self, url: &str) -> Response {
        self.client.get(url).header("cookie", &self.cookie).send().await.unwrap()
    }

    /// Sends a form as a page of the console does.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut fields = fields.to_vec();
        fields.push(("word", &self.word));
        let post = self.client.post(format!("{}{path}", self.url)).form(&fields);
        post.header("origin", &self.url).header("cookie", &self.cookie).send().await.unwrap()
    }

    /// Presses Authorize, agrees at Microsoft's page and comes back: where to, and the page that is shown then.
    pub async fn authorize(&self, scene: &Scene, connector: &str) -> (String, String) {
        let login = scene.simulator.login_endpoint();
        let login = login.as_str().trim_end_matches('/');
        let page = self.submit("/authorize", &[("source", "entra"), ("name", connector)]).await;
        let page = page.text().await.unwrap();
        let link = between(&page, &format!("href=\"{login}"), "\"").replace("&amp;", "&");
        let agreed = self.get(&format!("{login}{link}")).await;
        let back = agreed.headers()["location"].to_str().unwrap().to_owned();
        assert!(back.starts_with(&format!("{}/oauth/callback?", self.url)), "{back}");
        let page = self.get(&back).await.text().await.unwrap();
        (back, page)
    }
}

/// What stands between two texts.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}")).1.split_once(to).unwrap().0
}
